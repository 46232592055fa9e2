"""Step 7: the reparameterization trick."""

from functools import partial

import numpy as np
import streamlit as st

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
from explorer.page.learn.likelihood_text import likelihood_text
from explorer.page.learn.parts import Step, cache_key, say_where_from, section
from explorer.page.parts import select_slider, show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.model.likelihoods import Gaussian
from training.model.networks import reparameterize

FACE = 0  # of the gallery
DRAWS = 6  # faces in the row, and draws of an estimate in the curve
REPEATS = 500  # estimates in a histogram
NOISES = ("frozen noise", "fresh noise")
FLOW = """
<div class="learn-flow" role="img" aria-label="The picture x goes through the encoder to mu and
sigma. Together with the noise epsilon they make z, which goes through the decoder to the ELBO.
Gradients flow back from the ELBO to z, to mu and sigma and to the encoder, not to epsilon.">
<span class="box">x</span><span class="arrow">encoder →</span><span class="box">μ, σ</span>
<span class="arrow">→</span><span class="box main">z = μ + σ ⊙ ε</span><span class="arrow">decoder
→</span><span class="box">ELBO</span><span class="noise">↑<br><span class="box dashed">ε ~ N(0,
I)</span></span></div>
"""


def show(loaded: Loaded) -> None:
    """The trick on faces and on a curve, then the race of two gradient estimators."""
    with section("trick", partial(_show_trick, loaded), reparameterize, first=True):
        st.markdown(
            "The ELBO averages over codes that the encoder proposes. To train the encoder, its "
            "gradient must pass **through a random draw**. But which way should a die lean so that "
            "it falls a little higher? The trick is to throw the die first:"
        )
        st.latex(
            r"z = \mu(x) + \sigma(x) \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)"
        )
        st.html(FLOW)
        st.markdown(
            "Now $z$ is an ordinary function of $\\mu$ and $\\sigma$, with $\\varepsilon$ as one "
            "more input, and backpropagation does the rest. No gradient is needed for "
            "$\\varepsilon$: it has no parameters, nobody can improve it. In a training step it is "
            "drawn once and then a constant like the picture itself."
        )
        st.markdown(
            "*Try it:* with **frozen noise** faces move smoothly and the estimate of the "
            "expected likelihood is a smooth curve with a slope. With **fresh noise** at each "
            "place it is still right on average, and no slope can be read off it."
        )
    with section("race", partial(_show_race, loaded), by_reparameterization, by_score_function):
        st.markdown(
            "There is another way, which needs no gradient of the decoder. It draws codes, and "
            "makes those more probable that did well:"
        )
        st.latex(
            r"\begin{aligned}"
            r"\nabla_\mu \mathbb E\,[f(z)]"
            r"&= \mathbb E\big[\nabla_z f(z)\big] && \text{reparameterization}\\"
            r"&= \mathbb E\Big[f(z)\,\frac{z - \mu}{\sigma^2}\Big] && \text{score function}"
            r"\end{aligned}"
        )
        st.markdown(
            "Both are right on average. They differ in how far single estimates scatter, and with "
            "that in how long training takes. Of the ELBO only $f(z) = \\log p(x "
            "\\mid z)$ needs them, the rate has a gradient in closed form. The histograms hold "
            f"{REPEATS} estimates each of the slope in one dimension of $z$, for one face."
        )
        st.markdown(
            "A **baseline** takes away what all draws have in common, and helps a lot. "
            "Then add dimensions: the score function blames each dimension for the luck of all "
            "others, and its variance grows with their number. The other estimator hardly notices."
        )
        st.caption(
            "To answer at once, the decoder is linearised about the face's code here, which is "
            f"exact for small moves.{_instead(loaded)}"
        )


@st.fragment
def _show_trick(loaded: Loaded) -> None:
    mean, spread = _posterior(loaded)
    f = _likelihood(cache_key(loaded), loaded)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Noise ε", NOISES, default=NOISES[0], required=True, key="trick_noise"
        )
        frozen = kind == NOISES[0]
        seed = st.number_input(
            "Which frozen ε", 0, 9999, 0, key="trick_seed", width=160, disabled=not frozen
        )
    wide = slider("σ, times the encoder's", 0.0, 30.0, 12.0, 0.5, key="trick_spread")
    move = slider("Move μ, in one dimension of z", -1.5, 1.5, 0.0, 0.05, key="trick_move")
    rng = np.random.default_rng(seed if frozen else None)
    noise = rng.standard_normal((DRAWS, len(mean)))
    here = mean.copy()
    here[0] += move
    show_pictures(
        loaded.renderer.decode((here + wide * spread * noise).astype(np.float32)),
        names=[f"a draw of z, decoded: {k + 1}" for k in range(DRAWS)],
    )
    moves = np.linspace(-1.5, 1.5, 61)
    if not frozen:
        noise = rng.standard_normal((len(moves), DRAWS, len(mean)))
    estimate = estimates_along(f, mean, wide * spread, noise, moves)
    show_chart(trick_figure(moves, estimate, move), "trick_curve")


@st.fragment
def _show_race(loaded: Loaded) -> None:
    mean, spread = _posterior(loaded)
    f = _likelihood(cache_key(loaded), loaded)
    left, right = st.columns(2)
    with left:
        counts = _powers(len(mean))
        dimensions = select_slider("Random dimensions of z", counts, counts[-1], "race_dims")
        baseline = st.toggle("Baseline", value=True, key="race_baseline")
    with right:
        draws = select_slider("Draws in one estimate", (1, 2, 4, 8, 16), 1, "race_draws")
        same = st.toggle("Same scale for both", value=True, key="race_same")
    found = race(f, mean, spread, dimensions, draws, REPEATS, baseline)
    by_path, by_score = found.variances
    show_numbers(**{
        "variance, reparameterization": f"{by_path:,.0f}",
        "variance, score function": f"{by_score:,.0f}",
        "times as much": f"{by_score / by_path:,.1f}",
    })  # fmt: skip
    for name, made in zip(ESTIMATORS, race_figures(found, same), strict=True):
        st.markdown(f"**{name}**")
        show_chart(made, f"race_{name.split()[0]}")
    st.caption("Dotted: the exact gradient, which both estimate.")
    say_where_from(gallery.pictures(loaded))


def _instead(loaded: Loaded) -> str:
    """What stands for a p(x|z) that is no Gaussian with one sigma, see `linearised`."""
    told = likelihood_text(loaded)
    if told.cls is Gaussian and told.shared:
        return ""
    return (
        f" This model was trained with {told.kind}; here a Gaussian stands for it that has the "
        "same mean and, for every value, the standard deviation that it has at this code."
    )


def _posterior(loaded: Loaded) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of q(z|x) of the face, (D,) float64 each."""
    row = gallery.rows(loaded)[FACE]
    mean, logvar = loaded.run.faces.mean[row], loaded.run.faces.logvar[row]
    return mean.astype(np.float64), np.exp(0.5 * logvar.astype(np.float64))


def _powers(most: int) -> list[int]:
    """1, 2, 4 and so on, and `most`."""
    return [*(2**k for k in range(most.bit_length()) if 2**k < most), most]


@st.cache_resource(max_entries=4, show_spinner="Asking the decoder for its slopes")
def _likelihood(key: str, _loaded: Loaded) -> Quadratic:
    mean, _ = _posterior(_loaded)
    return linearised(_loaded, gallery.pictures(_loaded).pixels[FACE], mean)


STEP = Step(
    path="reparameterization",
    title="The reparameterization trick",
    lead="How a gradient passes through a random draw: throw the die first, then compute.",
    show=show,
    controls=(("trick_move", "ArrowRight"), ("race_draws", "ArrowRight")),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes, section 2.4",
        "Rezende, Mohamed & Wierstra 2014, Stochastic backpropagation and approximate inference "
        "in deep generative models",
        "Williams 1992, Simple statistical gradient-following algorithms for connectionist "
        "reinforcement learning (the score function)",
        "Mohamed et al. 2020, Monte Carlo gradient estimation in machine learning",
    ),
    of_vae=True,
)
