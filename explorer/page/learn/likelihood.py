"""Step 4: a generator network is a probability model."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.learn.distributions import (
    WHITE,
    as_levels,
    mean_picture,
    sample_picture,
    spread_picture,
    widened,
)
from explorer.learn.likelihood import Walk, residual, walk, walk_figure
from explorer.learn.model_access import distribution, explained
from explorer.page.learn import gallery
from explorer.page.learn.likelihood_text import likelihood_text
from explorer.page.learn.parts import Step, cache_key, nats, say_where_from, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded

QUESTION = Question(
    "likelihood",
    "For each value of the picture the decoder gives a mean and a spread. We draw a picture from "
    "that. What does it look like?",
    ("Like a sharper face", "Like the mean, with noise on it", "Like another face"),
    "Like the mean, with noise on it: each value is drawn by itself, so the draw adds no hair and "
    "no edges. The standard deviation says how much noise there is.",
)


def show(loaded: Loaded) -> None:
    """Above, a picture drawn from the model; below, how well codes explain a given picture."""
    values, told = loaded.run.config.model.values, likelihood_text(loaded)
    with section("draw", ask_first(QUESTION, partial(_draw, loaded)), told.cls.sample, first=True):
        st.markdown(
            "Draw a code from a fixed, simple distribution. The decoder turns it into the "
            "parameters of a distribution over pictures:"
        )
        st.latex(rf"z \sim \mathcal N(0, I) \qquad {told.drawn}")
        st.markdown(
            f"A picture has 3 × {loaded.renderer.shape[0]} × {loaded.renderer.shape[1]} = "
            f"**{values:,} values**. This model was trained with {told.kind}. {told.given}"
        )
        st.markdown(
            "What is usually shown as *the* generated face is the mean of this distribution. But "
            "a picture that the model really draws is a **sample** of it: every value is drawn by "
            "itself, without a look at its neighbours."
        )
    with section("explain", partial(_explain, loaded), told.cls.log_density):
        st.markdown(
            "You can also ask a probability model in the other direction: how probable is **this** "
            "picture under that code?"
        )
        st.latex(rf"\log p(x \mid z) = {told.log_density}")
        st.markdown(
            f"{told.meaning} Here $V$ is {values:,}. Move $z$ away from the face's own code and "
            "see how it falls. It is a log *density*, so it may be positive. Only differences "
            "count: one nat less is e = 2.7 times less probable. Almost all codes explain "
            "a given picture very badly. This is why the next step needs an encoder: it "
            "proposes the few codes that explain it well."
        )


@st.fragment
def _draw(loaded: Loaded) -> None:
    told, scale = likelihood_text(loaded), 1.0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input("Draw number", 0, 9999, 1, key="likelihood_seed", width=160)
        if told.scale:
            name = f"Scale of {told.scale} (1 is the model's own)"
            scale = slider(name, 0.0, 3.0, 1.0, 0.1, key="likelihood_scale")
    rng = np.random.default_rng(seed)
    code = rng.standard_normal(loaded.renderer.latent, dtype=np.float32)
    p = widened(distribution(loaded.model, code), scale)
    spread = f"{float(p.deviation.mean()):.4f} {'everywhere' if told.shared else 'on average'}"
    show_pictures(
        [mean_picture(p), spread_picture(p), *(sample_picture(p, seed, k) for k in range(2))],
        [
            "mean μ(z)",
            f"standard deviation, {spread} (white is {WHITE})",
            "a sample of p(x|z)",
            "another sample",
        ],
        side=150,
    )


@st.fragment
def _explain(loaded: Loaded) -> None:
    faces, rows = loaded.run.faces, gallery.rows(loaded)
    chosen = gallery.pick(loaded, "Picture x", "likelihood")
    other = (chosen + 1) % len(rows)
    given = gallery.pictures(loaded)
    picture = given.pixels[chosen]
    at = slider(
        "Place of z: 0 is this face's own code, 1 that of the next face", -0.5, 1.5, 0.0, 0.05,
        key="likelihood_at",
    )  # fmt: skip
    start, end = faces.mean[rows[chosen]], faces.mean[rows[other]]
    path = _walk(cache_key(loaded), loaded, chosen, other)
    (value,), (mean,) = explained(loaded.model, picture, ((1 - at) * start + at * end)[None])
    best = path.log_likelihoods.max()
    show_pictures(
        [picture, as_levels(mean), residual(picture, mean)],
        ["the picture x", "the mean μ(z)", "their difference"],
    )
    show_numbers(**{
        "log p(x|z)": nats(value),
        "below the best on the line": nats(max(0, best - value)),
    })  # fmt: skip
    show_chart(walk_figure(path, at, value), "likelihood_curve")
    say_where_from(given)


@st.cache_data(max_entries=64, show_spinner=False)
def _walk(key: str, _loaded: Loaded, chosen: int, other: int) -> Walk:
    rows = gallery.rows(_loaded)
    codes = _loaded.run.faces.mean[rows]
    picture = gallery.pictures(_loaded).pixels[chosen]
    return walk(_loaded, picture, codes[chosen], codes[other])


STEP = Step(
    path="likelihood",
    title="A generator network is a probability model",
    lead="A decoder does not return a picture. It returns a distribution over pictures. The next "
    "steps are built on that.",
    show=show,
    controls=(("likelihood_at", "ArrowRight"), ("likelihood_scale", "ArrowRight")),
    words=("decoder", "likelihood", "density", "Gaussian", "standard deviation", "sample", "nat"),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes, section 2.1",
        "Rezende, Mohamed & Wierstra 2014, Stochastic backpropagation and approximate inference "
        "in deep generative models",
        "Rybkin, Daniilidis & Levine 2021, Simple and effective VAE training with calibrated "
        "decoders (a sigma that is learned)",
    ),
)
