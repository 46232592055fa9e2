"""Step 4: a generator network is a probability model."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
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
from explorer.page.learn.formula import show_formula
from explorer.page.learn.likelihood_text import likelihood_text
from explorer.page.learn.parts import Step, cache_key, nats, say_where_from, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded

QUESTION = Question(
    "likelihood",
    N_(
        "For each value of the picture the decoder gives a mean and a spread. We draw a picture "
        "from that. What does it look like?"
    ),
    (N_("Like a sharper face"), N_("Like the mean, with noise on it"), N_("Like another face")),
    N_(
        "Like the mean, with noise on it: each value is drawn by itself, so the draw adds no "
        "hair and no edges. The standard deviation says how much noise there is."
    ),
)


def show(loaded: Loaded) -> None:
    """Above, a picture drawn from the model; below, how well codes explain a given picture."""
    values, told = loaded.run.config.model.values, likelihood_text(loaded)
    with section("draw", ask_first(QUESTION, partial(_draw, loaded)), told.cls.sample, first=True):
        st.markdown(
            _(
                "Draw a code from a fixed, simple distribution. The decoder turns it into the "
                "parameters of a distribution over pictures:"
            )
        )
        st.latex(rf"z \sim \mathcal N(0, I) \qquad {told.drawn}")
        st.markdown(
            _(
                "A picture has 3 × {height} × {width} = "
                "**{values:,} values**. This model was trained with {kind}. {given}"
            ).format(
                height=loaded.renderer.shape[0],
                width=loaded.renderer.shape[1],
                values=values,
                kind=_(told.kind),
                given=_(told.given),
            )
        )
        st.markdown(
            _(
                "What is usually shown as *the* generated face is the mean of this distribution. "
                "But a picture that the model really draws is a **sample** of it: every value is "
                "drawn by itself, without a look at its neighbours."
            )
        )
    with section("explain", partial(_explain, loaded), told.cls.log_density):
        st.markdown(
            _(
                "You can also ask a probability model in the other direction: how probable is "
                "**this** picture under that code?"
            )
        )
        show_formula(rf"\log p(x \mid z) = {told.log_density}")
        st.markdown(
            _(
                "{meaning} Here $V$ is {values:,}. Move $z$ away from the face's own code and "
                "see how it falls. It is a log *density*, so it may be positive. Only differences "
                "count: one nat less is e = 2.7 times less probable. Almost all codes explain "
                "a given picture very badly. This is why the next step needs an encoder: it "
                "proposes the few codes that explain it well."
            ).format(meaning=_(told.meaning), values=values)
        )


@st.fragment
def _draw(loaded: Loaded) -> None:
    told, scale = likelihood_text(loaded), 1.0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(_("Draw number"), 0, 9999, 1, key="likelihood_seed", width=160)
        if told.scale:
            name = _("Scale of {scale} (1 is the model's own)").format(scale=told.scale)
            scale = slider(name, 0.0, 3.0, 1.0, 0.1, key="likelihood_scale")
    rng = np.random.default_rng(seed)
    code = rng.standard_normal(loaded.renderer.latent, dtype=np.float32)
    p = widened(distribution(loaded.model, code), scale)
    where = _("{spread} everywhere") if told.shared else _("{spread} on average")
    spread = where.format(spread=f"{float(p.deviation.mean()):.4f}")
    show_pictures(
        [mean_picture(p), spread_picture(p), *(sample_picture(p, seed, k) for k in range(2))],
        [
            _("mean μ(z)"),
            _("standard deviation, {spread} (white is {white})").format(spread=spread, white=WHITE),
            _("a sample of p(x|z)"),
            _("another sample"),
        ],
        side=150,
    )


@st.fragment
def _explain(loaded: Loaded) -> None:
    faces, rows = loaded.run.faces, gallery.rows(loaded)
    chosen = gallery.pick(loaded, _("Picture x"), "likelihood")
    other = (chosen + 1) % len(rows)
    given = gallery.pictures(loaded)
    picture = given.pixels[chosen]
    at = slider(
        _("Place of z: 0 is this face's own code, 1 that of the next face"), -0.5, 1.5, 0.0, 0.05,
        key="likelihood_at",
    )  # fmt: skip
    start, end = faces.mean[rows[chosen]], faces.mean[rows[other]]
    path = _walk(cache_key(loaded), loaded, chosen, other)
    (value,), (mean,) = explained(loaded.model, picture, ((1 - at) * start + at * end)[None])
    best = path.log_likelihoods.max()
    show_pictures(
        [picture, as_levels(mean), residual(picture, mean)],
        [_("the picture x"), _("the mean μ(z)"), _("their difference")],
    )
    show_numbers(**{
        _("log p(x|z)"): nats(value),
        _("below the best on the line"): nats(max(0, best - value)),
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
    title=N_("A generator network is a probability model"),
    lead=N_(
        "A decoder does not return a picture. It returns a distribution over pictures. The next "
        "steps are built on that."
    ),
    show=show,
    controls=(("likelihood_at", "ArrowRight"), ("likelihood_scale", "ArrowRight")),
    words=(
        "decoder",
        "likelihood",
        "density",
        "Gaussian",
        "standard deviation",
        "sample",
        "nat",
    ),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes, section 2.1",
        "Rezende, Mohamed & Wierstra 2014, Stochastic backpropagation and approximate inference "
        "in deep generative models",
        "Rybkin, Daniilidis & Levine 2021, Simple and effective VAE training with calibrated "
        "decoders (a sigma that is learned)",
    ),
    of_likelihood=True,
)
