"""Step 3: why an autoencoder cannot generate."""

from functools import lru_cache, partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.generate import (
    DRAWN_FROM,
    SCORED,
    Holes,
    Shape,
    holes,
    holes_figure,
    radius_figure,
    samples,
    scores,
    shape_of,
    spread_figure,
)
from explorer.learn.prior import aggregate, ranges
from explorer.page.glossary import define
from explorer.page.learn.parts import Step, cache_key, section, told_codes
from explorer.page.learn.predict import Question, ask_first
from explorer.page.learn.twins import both
from explorer.page.parts import choose_view, show_chart, show_numbers, show_pictures
from explorer.run.loaded import Loaded
from training.judge.moments import frechet_distance

SAMPLES = 7
DRAWS = 500  # samples whose distance to the nearest code is shown
VIEWS = (N_("holes"), N_("spread"), N_("distance from the origin"))
QUESTION = Question(
    "generate",
    N_(
        "We draw random numbers from $\\mathcal N(0, I)$ and give them to both decoders as codes. "
        "Which decoder makes faces of them?"
    ),
    (N_("Both"), N_("Only that of the VAE"), N_("Neither")),
    N_(
        "In the first two rows the VAE draws faces, and the hourglass does not: nobody told its "
        "encoder where to put codes, so random codes fall into **holes**, where its decoder was "
        "never trained. For the two rows below the random numbers are moved and stretched to "
        "where the codes of real faces lie. There the hourglass does far better, but only "
        "because somebody looked at the codes of thousands of faces first."
    ),
)


def show(loaded: Loaded) -> None:
    """Samples of both decoders side by side, then where the codes lie."""
    opened = both(loaded, _("only its own half of this page can be shown"))
    with section(
        "samples",
        ask_first(QUESTION, partial(_show_samples, opened)),
        frechet_distance,
        first=True,
    ):
        st.markdown(
            _(
                "The decoder draws a picture from any code. So if we draw codes at random, do "
                "faces come out that never existed? Try it with both twins: the hourglass, which "
                "is a plain autoencoder, and the VAE, which is the same network trained in "
                "another way."
            )
        )
        st.markdown(
            _(
                "Each column has one seed: the same random numbers in all rows. First they are "
                "drawn from a standard Gaussian,"
            )
        )
        st.latex(r"z \sim \mathcal N(0, I),")
        st.markdown(
            _(
                "then they are moved and stretched, so that they have the mean and the "
                "covariance of the codes of real faces. A VAE needs no second try: during its "
                "training encoder and decoder agree where codes will be."
            )
        )
        st.markdown(
            _(
                "The *Fréchet distance* says how well it went: it compares random faces with "
                "what the same decoder draws from the codes of real faces. Less is better."
            )
        )
    with section("where", partial(_show_where, opened), holes):
        st.markdown(
            _(
                "**Holes.** How far is it from a random code to the nearest code of a real face? "
                "Compare with how far the codes of real faces are from each other. In so many "
                "dimensions nothing is near. But a random code that is farther from all faces "
                "than almost every face is from the next one lies in a hole: the decoder has "
                "seen nothing there."
            )
        )
        st.markdown(
            _(
                "**Where the holes come from.** A VAE pays for every code that is far from "
                "$\\mathcal N(0, I)$, a plain autoencoder pays nothing. Yet one dimension at a "
                "time you see little of it: in the two models that ship, the dimensions of the "
                "VAE have a spread near 1, those of the hourglass one between 0.5 and 1.1 "
                "(*spread*, dotted lines). The difference is in what the dimensions do together. "
                "The codes of the hourglass lie around a point away from the origin, long in "
                "some directions and flat in many. Random codes are round, and miss them."
            )
        )
        st.markdown(
            _(
                "In many dimensions a draw of $\\mathcal N(0, I)$ lies in a thin shell, about "
                "$\\sqrt{D}$ from the origin. So do the codes of the VAE (*distance from the "
                "origin*). Those of the hourglass lie nearer to it: nobody told its encoder how "
                "long a code should be, and to its decoder any length is as good."
            )
        )


@st.fragment
def _show_samples(opened: dict[str, Loaded]) -> None:
    first = st.number_input(_("First seed"), 0, 99_999, 0, key="generate_seed", width=200)
    seeds = range(first, first + SAMPLES)
    measured = {name: _scores(cache_key(loaded)) for name, loaded in opened.items()}
    for drawn_from in DRAWN_FROM:
        for name, loaded in opened.items():
            score = measured[name]
            told = (
                _(", Fréchet distance {score:.2f}").format(score=score[drawn_from]) if score else ""
            )
            density = (
                "N(0, I)" if drawn_from == DRAWN_FROM[0] else _("a Gaussian fitted to its codes")
            )
            st.markdown(
                _("**{name}**, z from {density}{told}").format(
                    name=_(name), density=density, told=told
                )
            )
            show_pictures(
                [_face(loaded, drawn_from, seed) for seed in seeds],
                names=[
                    _("{name}, {drawn_from}, seed {seed}").format(
                        name=_(name), drawn_from=_(drawn_from), seed=seed
                    )
                    for seed in seeds
                ],
            )
    st.caption(define("Fréchet distance"))
    wanted = loaded.run.judged and not all(measured.values())
    if wanted and st.button(
        _("Measure the Fréchet distance with {count} samples of each").format(count=SCORED),
        key="generate_measure",
    ):
        for name, loaded in opened.items():
            with st.empty():
                bar = st.progress(0.0, _("{name}: decoding samples").format(name=_(name)))
                found = scores(loaded, progress=bar.progress)
                measured[name].update(found)
        st.rerun(scope="fragment")


@lru_cache(256)  # the next seed brings one new column
def _face(loaded: Loaded, drawn_from: str, seed: int) -> np.ndarray:
    return loaded.renderer.decode(samples(loaded, drawn_from, range(seed, seed + 1)))[0]


@st.fragment
def _show_where(opened: dict[str, Loaded]) -> None:
    view = choose_view(VIEWS, "generate_view")
    if view == VIEWS[0]:
        found = {name: _holes(cache_key(loaded), loaded) for name, loaded in opened.items()}
        show_numbers(**{
            _(
                "{name}: random codes in holes"
).format(name=_(name)): f"{one.outside:.1%}" for name, one in found.items()
        })  # fmt: skip
        for place, (name, one) in zip(st.columns(len(found)), found.items(), strict=True):
            with place:
                show_chart(holes_figure(one, name), f"generate_holes_{name}")
        st.caption(
            _(
                "In a hole: farther from all codes of faces than 99 % of these are from the next "
                "one."
            )
        )
        return
    shapes = {name: _shape(cache_key(loaded), loaded) for name, loaded in opened.items()}
    latent = next(iter(opened.values())).renderer.latent
    if view == VIEWS[1]:
        show_chart(spread_figure(shapes), "generate_spread")
        show_numbers(**{
            f"{_(name)}: {_(said)}": told
            for name, shape in shapes.items()
            for said, told in ranges(shape.spread).items()
        })  # fmt: skip
    else:
        show_chart(radius_figure(shapes, latent), "generate_radius")
        show_numbers(**{
            _(
                "{name}: distance"
).format(name=_(name)): f"{shape.radius.mean():.1f} ± {shape.radius.std():.1f}"
            for name, shape in shapes.items()
        } | {"√D": f"{np.sqrt(latent):.1f}"} | {
            _(
                "{name}: of their mean"
).format(name=_(name)): f"{shape.middle:.1f}" for name, shape in shapes.items()
        })  # fmt: skip
    st.caption(
        _("Codes: {draws}.").format(draws=told_codes(len(shapes[next(iter(shapes))].radius)))
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _shape(key: str, _loaded: Loaded) -> Shape:
    return shape_of(_codes(_loaded))


@st.cache_resource(max_entries=4, show_spinner=False)
def _holes(key: str, _loaded: Loaded) -> Holes:
    return holes(_codes(_loaded), samples(_loaded, DRAWN_FROM[0], range(DRAWS)))


def _codes(loaded: Loaded) -> np.ndarray:
    """Draws of the aggregate posterior, as in step 9."""
    return aggregate(loaded.run.faces.mean, loaded.run.faces.logvar)


@st.cache_resource(max_entries=4, show_spinner=False)
def _scores(key: str) -> dict[str, float]:
    """The Fréchet distances of a model, for all sessions; empty until they are measured."""
    return {}


STEP = Step(
    path="generate",
    title=N_("Why an autoencoder cannot generate"),
    lead=N_(
        "A decoder knows what to draw where the codes of faces lie. Random codes lie elsewhere, "
        "unless the training takes care of it."
    ),
    show=show,
    controls=(("generate_seed", ""),),
    words=(
        "autoencoder",
        "hourglass",
        "VAE",
        "code",
        "hole",
        "prior",
        "aggregate posterior",
        "standard deviation",
        "Fréchet distance",
        "classifier",
    ),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes",
        "Ghosh et al. 2020, From variational to deterministic autoencoders",
        "Heusel et al. 2017, GANs trained by a two time-scale update rule (the Fréchet distance)",
        "Dowson & Landau 1982, The Fréchet distance between multivariate normal distributions",
    ),
)
