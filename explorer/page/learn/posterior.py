"""Step 5: the encoder as an approximate posterior."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _, n_
from explorer.learn.amortization import LIMIT, SHOWN, Refined, refined, steps_figure
from explorer.learn.distributions import as_levels
from explorer.learn.posterior import (
    COLOURS,
    Use,
    close_up,
    inside,
    plane_figure,
    use_figure,
    use_of_dimensions,
)
from explorer.page import state
from explorer.page.glossary import define
from explorer.page.learn import gallery
from explorer.page.learn.parts import Step, cache_key, say_where_from, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import ONLY_A_GUESS, show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.codes.descent import STEPS, descend
from training.model.figures import ACTIVE
from training.model.objectives import gaussian_rate

DRAWS = 40  # points of the close-up; the first few are decoded, too
DECODED = 5
QUESTION = Question(
    "posterior",
    N_(
        "The encoder answers for one picture with a Gaussian. We draw five codes from it and "
        "decode them. How different are the five faces?"
    ),
    (
        N_("Five different people"),
        N_("The same person, hardly changed"),
        N_("The same person, with other hair or light"),
    ),
    N_(
        "The first row shows the same person, hardly changed: the ellipse of a face is small "
        "beside the prior, so one picture leaves few codes to choose from. In the row below the "
        "codes are drawn from the prior, and every face is another person."
    ),
)


def show(loaded: Loaded) -> None:
    """The plane of two dimensions with its posteriors, steps from the guess, the use of z."""
    use = _use(cache_key(loaded), loaded)
    with section(
        "posterior",
        ask_first(QUESTION, partial(_plane, loaded, use)),
        "training.model.networks:VAE.posterior",
        first=True,
    ):
        st.markdown(
            _(
                "Which codes may have made this picture? Bayes' rule has the answer, "
                "the *posterior*. But it needs an integral over all codes that nobody can compute:"
            )
        )
        st.latex(r"p(z \mid x) = \frac{p(x \mid z)\,p(z)}{\int p(x \mid z')\,p(z')\,dz'}")
        st.markdown(
            _(
                "So a second network is trained to guess it. For every picture the **encoder** "
                "returns a Gaussian: a mean and a variance for each dimension of $z$."
            )
        )
        st.latex(r"q(z \mid x) = \mathcal N\big(z;\ \mu(x),\ \mathrm{diag}\,\sigma^2(x)\big)")
        st.markdown(
            _(
                "The grey circles show the prior, at one, two and three standard deviations. The "
                "grey dots are the means of other faces. A coloured ellipse holds {inside:.0%} "
                "of one face's posterior in these two dimensions."
            ).format(inside=inside(2))
        )
    with section("amortization", partial(_show_steps, loaded), descend):
        st.markdown(
            _(
                "**A guess for all, and the best for one.** One network answers for every "
                "picture. So its answer is a guess, and for one picture alone a better code can "
                "be found. The difference is called the *amortization gap*. A few steps along "
                "the gradient of"
            )
        )
        st.latex(r"\tfrac1\beta \log p(x \mid z) + \log p(z)")
        st.markdown(
            _(
                "close most of the gap. Each step is scaled by the encoder's own $\\sigma^2$, "
                "which says how far a dimension may move. The codes of your own photos are "
                "improved in this way. So are the codes of the map, if the model's codes were "
                "made with such steps."
            )
        )
    with section("active", partial(_show_use, use), gaussian_rate):
        st.markdown(
            _(
                "How far a posterior is from the prior can be computed exactly. It is the "
                "**rate**: how much the code tells about its picture, in nats."
            )
        )
        st.latex(
            r"\mathrm{KL}\big(q(z_d \mid x)\,\|\,p(z_d)\big)"
            r"= \tfrac12\big(\mu_d^2 + \sigma_d^2 - 1 - \log \sigma_d^2\big)"
        )
        st.markdown(
            _(
                "A dimension may give the prior as its answer for every picture. Then it costs "
                "nothing and tells nothing. A dimension is called *active* if its mean changes "
                "from picture to picture, with a variance above {active:g}."
            ).format(active=ACTIVE)
        )


@st.fragment
def _plane(loaded: Loaded, use: Use) -> None:
    faces, rows = loaded.run.faces, gallery.rows(loaded)[: len(COLOURS)]
    order = [int(d) for d in use.order]
    which, first, second = st.columns([2, 1, 1])
    with which:
        faces_shown = gallery.means(loaded)[: len(rows)]
        number = gallery.choose_face(_("Close-up of face"), faces_shown, "posterior", numbered=True)
    pair = (
        first.selectbox(_("Across"), order, 0, format_func=_dimension, key="posterior_x"),
        second.selectbox(_("Up"), order, 1, format_func=_dimension, key="posterior_y"),
    )
    mean, logvar = faces.mean[rows], faces.logvar[rows]
    noise = np.random.default_rng(0).standard_normal((DRAWS, mean.shape[1]))
    draws = (mean[number] + np.exp(0.5 * logvar[number]) * noise).astype(np.float32)
    left, right = st.columns(2)
    with left:
        show_chart(plane_figure(faces.mean, mean, logvar, pair), "posterior_plane")
    with right:
        show_chart(close_up(mean[number], logvar[number], draws, number, pair), "posterior_close")
    show_pictures(
        loaded.renderer.decode(np.concatenate([mean[number : number + 1], draws[:DECODED]])),
        [_("mean of q(z|x)")] + [_("a draw of q(z|x)")] * DECODED,
    )
    prior = np.concatenate([np.zeros_like(noise[:1]), noise[:DECODED]]).astype(np.float32)
    show_pictures(
        loaded.renderer.decode(prior),
        [_("mean of the prior")] + [_("a draw of the prior")] * DECODED,
    )


@st.fragment
def _show_steps(loaded: Loaded) -> None:
    if not loaded.run.config.model.has_likelihood:
        st.info(_(ONLY_A_GUESS))
        return
    if loaded.run.config.model.kind != "vae" or not loaded.run.config.training.beta > 0:
        st.info(_("This model's encoder gives no variance to scale steps by."))
        return
    chosen = gallery.pick(loaded, _("Picture x"), "amortization")
    steps = slider(_("Steps from the guess"), 0, SHOWN, STEPS, 1, key="amortization_steps")
    pictures = gallery.pictures(loaded)
    found = _refined(cache_key(loaded), loaded, chosen)
    show_pictures(
        [pictures.pixels[chosen], *as_levels(found.means[[0, steps, LIMIT]])],
        [_("the picture x"), _("the guess, decoded"), _after(steps), _("the limit")],
    )
    show_numbers(**{
        _("PSNR of the guess"): f"{found.psnr[0]:.2f} dB",
        _after(steps): f"{found.psnr[steps]:.2f} dB",
        _("at the limit"): f"{found.psnr[LIMIT]:.2f} dB",
    })  # fmt: skip
    show_chart(steps_figure(found, steps), "amortization_steps_figure")
    st.caption(define("PSNR"))
    say_where_from(pictures)


def _after(steps: int) -> str:
    return n_("after {count} step", "after {count} steps", steps).format(count=steps)


@st.cache_data(max_entries=64, show_spinner=False)
def _refined(key: str, _loaded: Loaded, chosen: int) -> Refined:
    return refined(_loaded, gallery.pictures(_loaded).pixels[chosen])


def _show_use(use: Use) -> None:
    show_numbers(**{
        _(
            "active dimensions"
): _(
            "{count} of {total}"
).format(count=use.active.sum(), total=len(use.active)),
        _("rate, all dimensions"): f"{use.rate.sum():.0f} nats",
        _(
            "least and most of one"
): _(
            "{least:.2f} to {most:.2f} nats"
).format(least=use.rate.min(), most=use.rate.max()),
    })  # fmt: skip
    shown = (state.widget("posterior_x"), state.widget("posterior_y"))
    show_chart(use_figure(use, shown), "posterior_use")


def _dimension(d: int) -> str:
    return f"z {d}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _use(key: str, _loaded: Loaded) -> Use:
    return use_of_dimensions(_loaded.run.faces.mean, _loaded.run.faces.logvar)


STEP = Step(
    path="posterior",
    title=N_("The encoder as an approximate posterior"),
    lead=N_(
        "Which codes belong to a picture? This is a question of probability, and the encoder "
        "learns to answer it at once."
    ),
    show=show,
    controls=(("face-posterior", ""),),
    words=("posterior", "prior", "encoder", "Gaussian", "rate", "KL divergence", "nat", "PSNR"),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes, section 2.2 and appendix B",
        "Burda, Grosse & Salakhutdinov 2016, Importance weighted autoencoders, section 5.2 "
        "(active units)",
        "Cremer, Li & Duvenaud 2018, Inference suboptimality in variational autoencoders "
        "(the amortization gap)",
        "Kim et al. 2018, Semi-amortized variational autoencoders",
        "Marino, Yue & Mandt 2018, Iterative amortized inference",
    ),
    of_vae=True,
)
