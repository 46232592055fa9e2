"""Step 10: what a discriminator adds."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.discriminator import drawn_ways, kept, table
from explorer.page.glossary import define
from explorer.page.learn import gallery
from explorer.page.learn.formula import show_formula
from explorer.page.learn.parts import Step, cache_key, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import show_numbers, show_pictures
from explorer.recipe.renderers import SHARP_RENDERER
from explorer.run.loaded import Loaded
from training.judge.sharpness import sharpness

QUESTION = Question(
    "discriminator",
    N_(
        "The sharp renderer draws hair and skin, the mean is blurred. Which drawing is nearer to "
        "the real picture, value by value?"
    ),
    (N_("The sharp one"), N_("The blurred mean"), N_("Both are equally near")),
    N_(
        "The blurred mean has the higher PSNR, because its errors are smaller on average: a hair "
        "that is drawn in the wrong place counts as two errors, and no hair counts as one. The "
        "sharp drawings have nearly all of the detail."
    ),
)


def show(loaded: Loaded) -> None:
    """One code drawn three ways beside its picture, then the figures of all validation faces."""
    with section("ways", partial(_show_ways, loaded), sharpness, first=True):
        st.markdown(
            _(
                "*Why are the faces of a VAE blurred?* A code does not say where each hair lies. "
                "Many pictures fit it, and the decoder gives their **mean**. That is the best "
                "answer for the squared error. But a mean of many sharp pictures is not sharp."
            )
        )
        st.markdown(
            _(
                "A **sample** of $p(x \\mid z)$ would show what the code leaves open. But this "
                "density draws every value of the picture by itself, so it becomes noise and not "
                "hair."
            )
        )
        st.markdown(
            _(
                "The **sharp** renderer is a second decoder of the same codes. Encoder, codes "
                "and map stay as they are. It draws *one* picture that could be real, and not "
                "the mean of all. Its fine detail is invented: no code holds it."
            )
        )
    with section(
        "pairs",
        ask_first(QUESTION, partial(_show_measured, loaded)),
        "training.sharp.losses:pairing_loss",
    ):
        st.markdown(
            _(
                "**How it learns.** Beside the error, a second network looks at its drawings: "
                "the *discriminator* $D$, which learns to tell them from pictures. Both are "
                "trained against each other, on pairs of a picture $x$ and the drawing $\\hat x$ "
                "of its code:"
            )
        )
        show_formula(
            r"\begin{aligned}"
            r"&\min_D\ \log\big(1 + e^{D(\hat x) - D(x)}\big)\\"
            r"&\min_{\hat x}\ \text{error}(x, \hat x)"
            r"+ \lambda \log\big(1 + e^{D(x) - D(\hat x)}\big)"
            r"\end{aligned}"
        )
        st.markdown(
            _(
                "**What is lost.** There is no likelihood any more: nothing says how probable a "
                "picture is, only whether it looks real to $D$. So there is no ELBO, and there "
                "are no bits. Two other measures remain. The *PSNR* compares each drawing with "
                "its own picture, value by value. A *Fréchet distance* compares all drawings "
                "with all pictures: how alike are they as a whole?"
            )
        )


@st.fragment
def _show_ways(loaded: Loaded) -> None:
    chosen = gallery.pick(loaded, _("Code of face"), "discriminator")
    pictures = gallery.pictures(loaded, noise=False)
    ways = _ways(cache_key(loaded), loaded, chosen)
    if pictures.origin == "real":
        picture = pictures.pixels[chosen]
        show_pictures([picture, *ways.values()], [_("the picture x"), *map(_, ways)])
        figures = {name: kept(picture, drawn) for name, drawn in ways.items()}
        show_numbers(
            **{
                _("PSNR, {name}").format(name=_(name)): f"{found.psnr:.1f} dB"
                for name, found in figures.items()
            }
        )
        show_numbers(**{
            _(
                "sharpness, {name}"
).format(name=_(name)): f"{found.sharpness:.2f}" for name, found in figures.items()
        })  # fmt: skip
        st.caption(define("sharpness"))
    else:
        show_pictures(list(ways.values()), [*map(_, ways)])
        st.caption(
            _(
                "CelebA's pictures do not come with this project, so the picture of this code is "
                "not shown. How near the drawings are to all validation pictures was measured, "
                "see below."
            )
        )
    if SHARP_RENDERER not in loaded.run.renderers:
        st.info(_("This model has no sharp renderer. The command that trains one:"))
        st.code(f"python -m training sharpen {loaded.run.root} --data DIR", language="bash")


def _show_measured(loaded: Loaded) -> None:
    rows = table(loaded.run.report)
    st.table([{_(title): value for title, value in row.items()} for row in rows])
    if len(rows) == 1:
        st.caption(_("This model's report tells of no sharp renderer."))
        return
    st.caption(
        _(
            "Of all validation pictures, each drawn from its own code. The pictures themselves "
            "have a sharpness of 1 and a distance of 0. The network that measures the distance "
            "also took part in training the sharp renderer, so that its distance looks better "
            "than it is."
        )
    )
    st.caption(define("Fréchet distance"))


@st.cache_data(max_entries=64, show_spinner=False)
def _ways(key: str, _loaded: Loaded, chosen: int) -> dict[str, np.ndarray]:
    return drawn_ways(_loaded, _loaded.run.faces.mean[gallery.rows(_loaded)[chosen]])


STEP = Step(
    path="discriminator",
    title=N_("What a discriminator adds"),
    lead=N_(
        "A VAE draws means, and means are blurred. A second decoder of the same codes draws sharp "
        "pictures, at a price."
    ),
    show=show,
    controls=(("face-discriminator", ""),),
    words=(
        "decoder",
        "discriminator",
        "likelihood",
        "sample",
        "sharpness",
        "PSNR",
        "Fréchet distance",
    ),
    sources=(
        "Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric",
        "Goodfellow et al. 2014, Generative adversarial nets",
        "Huang et al. 2024, The GAN is dead; long live the GAN! (pairs, gradient penalties)",
        "Blau & Michaeli 2018, The perception-distortion tradeoff",
        "Esser, Rombach & Ommer 2021, Taming transformers (the weight of the discriminator)",
    ),
    of_likelihood=True,
)
