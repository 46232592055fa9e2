"""Step 7: the reparameterization trick."""

import html
from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.gradients import (
    ESTIMATORS,
    Quadratic,
    by_reparameterization,
    by_score_function,
    estimates_along,
    linearised,
    race,
    race_figures,
    trick_figure,
)
from explorer.page.learn import gallery
from explorer.page.learn.formula import show_formula
from explorer.page.learn.likelihood_text import likelihood_text
from explorer.page.learn.parts import Step, cache_key, say_where_from, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import select_slider, show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.model.likelihoods import Gaussian
from training.model.posterior import reparameterize

FACE = 0  # of the gallery
PLACES, POINTS = 5, 31  # of the mean, in a row of faces and in a curve
DRAWS = 6  # of an estimate in the curve
REPEATS = 500  # estimates in a histogram
NOISES = {
    N_("Frozen noise"): N_("the same ε at every place of μ"),
    N_("Fresh noise"): N_("another ε at every place"),
}
QUESTION = Question(
    "reparameterization",
    N_(
        "We move the mean of a code in small steps, and draw a code at each step. When do the "
        "decoded faces change in small steps, too?"
    ),
    (
        N_("If we use the same noise at every step"),
        N_("If we draw new noise at every step"),
        N_("In both cases"),
    ),
    N_(
        "With **frozen noise** the face changes smoothly, and the estimate of the expected "
        "likelihood is a smooth curve, which has a slope. With **fresh noise** every step also "
        "draws another face. That is still right on average, but you cannot read a slope from it."
    ),
)
FLOW_TOLD = N_(
    "The picture x goes through the encoder to mu and sigma. Together with the noise epsilon they "
    "make z, which goes through the decoder to the ELBO. Gradients flow back from the ELBO to z, "
    "to mu and sigma and to the encoder, not to epsilon."
)
FLOW = """
<div class="learn-flow" role="img" aria-label="{told}">
<span class="box">x</span><span class="arrow">encoder →</span><span class="box">μ, σ</span>
<span class="arrow">→</span><span class="box main">z = μ + σ ⊙ ε</span><span class="arrow">decoder
→</span><span class="box">ELBO</span><span class="noise">↑<br><span class="box dashed">ε ~ N(0,
I)</span></span></div>
"""


def show(loaded: Loaded) -> None:
    """The trick on faces and on a curve, then the race of two gradient estimators."""
    with section(
        "trick", ask_first(QUESTION, partial(_show_trick, loaded)), reparameterize, first=True
    ):
        st.markdown(
            _(
                "The ELBO is an average over codes that are drawn at random. To train the "
                "encoder, we must know how this average changes when the encoder moves its mean "
                "$\\mu$ a little. But how can a gradient pass **through a random draw**? The "
                "trick: draw the noise first, then compute."
            )
        )
        st.latex(
            r"z = \mu(x) + \sigma(x) \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)"
        )
        st.html(FLOW.format(told=html.escape(_(FLOW_TOLD))))
        st.markdown(
            _(
                "Now $z$ is an ordinary function of $\\mu$ and $\\sigma$, with $\\varepsilon$ as "
                "one more input, and backpropagation does the rest. No gradient is needed for "
                "$\\varepsilon$, because it has no parameters that could be improved. In a "
                "training step it is drawn once. From then on it is a constant, like the picture "
                "itself."
            )
        )
    with section("race", partial(_show_race, loaded), by_reparameterization, by_score_function):
        st.markdown(
            _(
                "There is another way, and it needs no gradient of the decoder. It draws codes, "
                "and then makes those more probable that had a good result:"
            )
        )
        show_formula(
            r"\begin{aligned}"
            r"\nabla_\mu \mathbb E\,[f(z)]"
            r"&= \mathbb E\big[\nabla_z f(z)\big] && \text{reparameterization}\\"
            r"&= \mathbb E\Big[f(z)\,\frac{z - \mu}{\sigma^2}\Big] && \text{score function}"
            r"\end{aligned}"
        )
        st.markdown(
            _(
                "Both are right on average. But single estimates differ from each other, with "
                "one way much more than with the other, and then training takes longer. Only the "
                "part $f(z) = \\log p(x \\mid z)$ of the ELBO needs them, because the gradient "
                "of the rate is known exactly. Each histogram shows {repeats} estimates of the "
                "slope in one dimension of $z$, for one face."
            ).format(repeats=REPEATS)
        )
        st.markdown(
            _(
                "A **baseline** subtracts what all draws have in common, and helps a lot. Then "
                "add dimensions: to the score function the random numbers of all other "
                "dimensions are noise, and its variance grows with their number. The other "
                "estimator hardly changes."
            )
        )
        st.caption(
            _(
                "To be quick, this page replaces the decoder by a linear one near the face's code, "
                "which is exact for small moves.{instead}"
            ).format(instead=_instead(loaded))
        )


@st.fragment
def _show_trick(loaded: Loaded) -> None:
    """The mean moves along the direction in which codes differ most, in their own spread."""
    (mean, spread), space = _posterior(loaded), loaded.run.space
    widest = space.components[0].astype(np.float64) * space.component_spread[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(_("Which frozen ε"), 0, 9999, 0, key="trick_seed", width=160)
        wide = slider(_("σ, times the encoder's"), 0.0, 8.0, 2.0, 0.25, key="trick_spread")
    frozen = np.random.default_rng(seed).standard_normal((DRAWS, len(mean)))
    rng = np.random.default_rng()  # another one at every run of this script, as the text says
    few = mean + np.linspace(-1, 1, PLACES)[:, None] * widest
    noise = np.stack([np.broadcast_to(frozen[0], few.shape), rng.standard_normal(few.shape)])
    codes = (few + wide * spread * noise).astype(np.float32).reshape(-1, len(mean))
    faces = loaded.renderer.decode(codes)
    for k, (kind, means_that) in enumerate(NOISES.items()):
        st.markdown(f"**{_(kind)}**: {_(means_that)}")
        names = [
            _("{kind}, place {place}").format(kind=_(kind), place=place + 1)
            for place in range(PLACES)
        ]
        show_pictures(faces[k * PLACES : (k + 1) * PLACES], names=names)
    moves = np.linspace(-1, 1, POINTS)
    many = mean + moves[:, None] * widest
    f = _likelihood(loaded)
    curves = [
        estimates_along(f, many, wide * spread, noise)
        for noise in (frozen, rng.standard_normal((len(many), *frozen.shape)))
    ]
    show_chart(trick_figure(moves, *curves), "trick_curve")
    st.caption(
        _(
            "From left to right, μ moves along the direction in which codes differ most, from one "
            "standard deviation below this face's own place to one above it. Curves: the estimated "
            "likelihood of the picture, from {draws} draws at each place."
        ).format(draws=DRAWS)
    )


@st.fragment
def _show_race(loaded: Loaded) -> None:
    mean, spread = _posterior(loaded)
    f = _likelihood(loaded)
    left, right = st.columns(2)
    with left:
        counts = _powers(len(mean))
        dimensions = select_slider(_("Random dimensions of z"), counts, counts[-1], "race_dims")
        baseline = st.toggle(_("Baseline"), value=True, key="race_baseline")
    with right:
        draws = select_slider(_("Draws in one estimate"), (1, 2, 4, 8, 16), 1, "race_draws")
        same = st.toggle(_("Same scale for both"), value=True, key="race_same")
    found = race(f, mean, spread, dimensions, draws, REPEATS, baseline)
    by_path, by_score = found.variances
    show_numbers(**{
        _("variance, reparameterization"): f"{by_path:,.0f}",
        _("variance, score function"): f"{by_score:,.0f}",
        _("times as much"): f"{by_score / by_path:,.1f}",
    })  # fmt: skip
    for name, made in zip(ESTIMATORS, race_figures(found, same), strict=True):
        st.markdown(f"**{_(name)}**")
        show_chart(made, f"race_{name.split()[0]}")
    st.caption(_("Dotted: the exact gradient, which both estimate."))
    say_where_from(gallery.pictures(loaded))


def _instead(loaded: Loaded) -> str:
    """What stands for a p(x|z) that is no Gaussian with one sigma, see `linearised`."""
    told = likelihood_text(loaded)
    if told.cls is Gaussian and told.shared:
        return ""
    return _(
        " This model was trained with {kind}. Here it is replaced by a Gaussian with the "
        "same mean and, for every value, the same standard deviation as at this code."
    ).format(kind=_(told.kind))


def _posterior(loaded: Loaded) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of q(z|x) of the face, (D,) float64 each."""
    row = gallery.rows(loaded)[FACE]
    mean, logvar = loaded.run.faces.mean[row], loaded.run.faces.logvar[row]
    return mean.astype(np.float64), np.exp(0.5 * logvar.astype(np.float64))


def _powers(most: int) -> list[int]:
    """1, 2, 4 and so on, and `most`."""
    return [*(2**k for k in range(most.bit_length()) if 2**k < most), most]


def _likelihood(loaded: Loaded) -> Quadratic:
    with st.spinner(_("Asking the decoder for its slopes")):
        return _linearised(cache_key(loaded), loaded)


@st.cache_resource(max_entries=4, show_spinner=False)
def _linearised(key: str, _loaded: Loaded) -> Quadratic:
    mean, _unused = _posterior(_loaded)
    return linearised(_loaded, gallery.pictures(_loaded).pixels[FACE], mean)


STEP = Step(
    path="reparameterization",
    title=N_("The reparameterization trick"),
    lead=N_("How a gradient passes through a random draw: draw the noise first, then compute."),
    show=show,
    controls=(("trick_spread", "ArrowRight"), ("race_draws", "ArrowRight")),
    words=(
        "gradient",
        "ELBO",
        "encoder",
        "standard deviation",
        "score function",
        "baseline",
    ),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes, section 2.4",
        "Rezende, Mohamed & Wierstra 2014, Stochastic backpropagation and approximate inference "
        "in deep generative models",
        "Williams 1992, Simple statistical gradient-following algorithms for connectionist "
        "reinforcement learning (the score function)",
        "Mohamed et al. 2020, Monte Carlo gradient estimation in machine learning",
    ),
    of_vae=True,
    of_likelihood=True,
)
