"""Step 1: the hourglass."""

import html
from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.distributions import as_levels
from explorer.learn.hourglass import (
    cut_short,
    forgetting,
    forgetting_figure,
    share_kept,
)
from explorer.learn.likelihood import residual
from explorer.learn.model_access import means
from explorer.page.glossary import define
from explorer.page.learn import gallery
from explorer.page.learn.likelihood_text import likelihood_text
from explorer.page.learn.parts import Step, cache_key, say_missing, say_where_from, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from explorer.run.measured import guess_psnr
from explorer.run.twin import of_kind
from training.model.figures import likeness
from training.model.objectives import autoencoder_objective
from training.run.run_folder import RunError

FIRST_KEPT = 8  # numbers of the code
QUESTION = Question(
    "hourglass",
    N_(
        "We keep only a few numbers of a code, those in which codes differ most, and decode. "
        "What is left of the face?"
    ),
    (
        N_("Nothing that looks like a face"),
        N_("A face, but nobody in particular"),
        N_("The same person"),
    ),
    N_(
        "A face is left, with about the right light, background and pose. What is special about "
        "this person is in the later numbers. Move the slider to the right and see it come back."
    ),
)
SHAPE_TOLD = N_(
    "A picture of {values} values is squeezed by the encoder into a code of {latent} numbers, from "
    "which the decoder draws the picture again."
)
SHAPE = """
<div class="learn-hourglass" role="img" aria-label="{told}">
<span class="wide">x<br><small>{of_picture}</small></span>
<span class="wedge">encoder</span>
<span class="narrow">z<br><small>{of_code}</small></span>
<span class="wedge back">decoder</span>
<span class="wide">x̂<br><small>{of_picture}</small></span>
</div>
"""


def show(loaded: Loaded) -> None:
    """The shape of the network, then one face through it with ever fewer numbers kept."""
    try:
        hourglass = of_kind(loaded, "ae")
    except RunError as error:
        hourglass = loaded
        say_missing(
            error,
            _(
                "The plain autoencoder that belongs to this model is not here. Until it is, this "
                "page uses the VAE itself, which has the same shape: its code is the mean of "
                "q(z|x)."
            ),
        )
    values, latent = loaded.run.config.model.values, hourglass.renderer.latent
    with section(
        "hourglass",
        ask_first(QUESTION, partial(_show_face, loaded, hourglass)),
        autoencoder_objective,
        "training.model.networks:Autoencoder.posterior",
        cut_short,
        first=True,
    ):
        st.markdown(
            _(
                "Two networks back to back. The **encoder** takes a picture and returns a short "
                "list of numbers, the *code* $z$. The **decoder** takes the code and draws a "
                "picture. Both are trained together to draw the very picture that went in:"
            )
        )
        st.html(
            SHAPE.format(
                told=html.escape(_(SHAPE_TOLD).format(values=f"{values:,}", latent=latent)),
                of_picture=_("{count:,} values").format(count=values),
                of_code=_("{count} numbers").format(count=latent),
            )
        )
        if hourglass.run.config.model.has_likelihood:
            told = likelihood_text(hourglass)
            st.markdown(
                _(
                    "Training makes the *distortion* small: how far the drawing is from the "
                    "picture. Here $p(x \\mid z)$ is {kind}; up to constants, training therefore "
                    "does this:"
                ).format(kind=_(told.kind))
            )
            st.latex(rf"\min\ \mathbb E_x\,\Big[{told.error}\Big].")
        st.markdown(
            _(
                "Copying would be easy if the middle were wide. Here {values:,} values must pass "
                "through {latent} numbers, **{values_2:.0f} times fewer**. So the networks "
                "have to learn what all faces have in common. The code has room only for what is "
                "special about this one."
            ).format(values=values, latent=latent, values_2=values / latent)
        )
        st.markdown(
            _(
                "Make the middle narrower still: keep only the first $k$ principal components of "
                "the code, and replace all others by their average. *What is forgotten first?*"
            )
        )


@st.fragment
def _show_face(loaded: Loaded, hourglass: Loaded) -> None:
    space = hourglass.run.space
    most = len(space.components)
    chosen = gallery.pick(loaded, _("A face"), "hourglass")
    kept = slider(_("Numbers kept, k"), 0, most, min(FIRST_KEPT, most), 1, key="hourglass_kept")
    given = gallery.pictures(loaded, noise=False)
    picture = given.pixels[chosen]
    code = _codes(cache_key(loaded), cache_key(hourglass), loaded, hourglass)[chosen]
    cut = cut_short(code[None], space, kept)
    whole, left_over = means(hourglass.model, np.concatenate([code[None], cut]))
    is_real = given.origin == "real"
    show_pictures(
        [picture, as_levels(whole), as_levels(left_over), residual(picture, left_over)],
        [
            _("the picture x") if is_real else _("x, drawn by the VAE"),
            _("from all {most} numbers").format(most=most),
            _("from {kept}").format(kept=kept),
            _("what is missing"),
        ],
        side=160,
    )
    value = float(likeness(picture, left_over))
    show_numbers(**{
        (_("PSNR to the picture") if is_real else _("PSNR to this drawing")): f"{value:.1f} dB",
        _("variance of codes kept"): f"{share_kept(space, kept):.0%}",
    } | _of_real_pictures(hourglass, most, is_real))  # fmt: skip
    keys = cache_key(loaded), cache_key(hourglass)
    found = _forgetting(*keys, loaded, hourglass, chosen)
    show_chart(forgetting_figure(found, most, kept, value), "hourglass_curve")
    st.caption(define("PSNR"))
    say_where_from(given)
    if not is_real:
        st.caption(
            _(
                "A drawing is easier to copy than a photo, because it has no fine detail. The "
                "number for real pictures was measured on all validation pictures."
            )
        )


def _of_real_pictures(hourglass: Loaded, most: int, is_shown: bool) -> dict[str, str]:
    """What its report tells of real pictures, to set a drawing's likeness right."""
    if is_shown:
        return {}
    measured = guess_psnr(hourglass.run.report)
    return {_("PSNR to real pictures, from all {most}").format(most=most): f"{measured:.1f} dB"}


@st.cache_resource(max_entries=4, show_spinner=False)
def _codes(key: str, key_of_twin: str, _loaded: Loaded, _hourglass: Loaded) -> np.ndarray:
    return _hourglass.encoder.encode(gallery.pictures(_loaded, noise=False).pixels)


@st.cache_data(max_entries=64, show_spinner=False)
def _forgetting(
    key: str, key_of_twin: str, _loaded: Loaded, _hourglass: Loaded, chosen: int
) -> np.ndarray:
    picture = gallery.pictures(_loaded, noise=False).pixels[chosen]
    return forgetting(_hourglass, picture, _codes(key, key_of_twin, _loaded, _hourglass)[chosen])


STEP = Step(
    path="hourglass",
    title=N_("The hourglass"),
    lead=N_("An autoencoder learns to describe pictures by copying them through a bottleneck."),
    show=show,
    controls=(("hourglass_kept", "ArrowLeft"), ("face-hourglass", "")),
    words=(
        "autoencoder",
        "hourglass",
        "code",
        "encoder",
        "decoder",
        "distortion",
        "PSNR",
        "principal component",
    ),
    sources=(
        "Rumelhart, Hinton & Williams 1986, Learning internal representations by error propagation",
        "Hinton & Salakhutdinov 2006, Reducing the dimensionality of data with neural networks",
        "Eckart & Young 1936, The approximation of one matrix by another of lower rank",
    ),
)
