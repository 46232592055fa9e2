"""Step 3: why an autoencoder cannot generate."""

from functools import lru_cache, partial

import numpy as np
import streamlit as st

from explorer.learn.generate import (
    DRAWN_FROM,
    SCORED,
    Shape,
    holes,
    holes_figure,
    radius_figure,
    samples,
    scores,
    shape_of,
    spread_figure,
)
from explorer.page.learn.parts import Step, cache_key, section
from explorer.page.learn.twins import both
from explorer.page.parts import show_chart, show_numbers, show_pictures
from explorer.run.loaded import Loaded
from training.judge.frechet import frechet_distance

SAMPLES = 7
DRAWS = 500  # samples whose distance to the nearest code is shown
VIEWS = ("spread", "distance from the origin", "holes")


def show(loaded: Loaded) -> None:
    """Samples of both decoders side by side, then where the codes lie."""
    opened = both(loaded, "only its own half of this page can be shown")
    with section("samples", partial(_show_samples, opened), frechet_distance, first=True):
        st.markdown(
            "The decoder draws a face from any code. So draw codes at random, and faces that never "
            "existed should come out? Try it with both twins: an autoencoder, and a VAE, which is "
            "the same network trained in another way."
        )
        st.markdown(
            "Each column is one seed: the same random numbers in all rows. First as a standard "
            "Gaussian,"
        )
        st.latex(r"z \sim \mathcal N(0, I),")
        st.markdown(
            "then moved and stretched to the mean and covariance of the codes of real faces. The "
            "autoencoder fails the first time, because nobody told its encoder where to put codes: "
            "the draws fall into **holes**, where its decoder was never trained. The second time "
            "it does far better, but only because somebody looked at the codes of thousands of "
            "faces first. A VAE has agreed with its decoder beforehand where codes will be."
        )
        st.markdown(
            "The Fréchet distance compares the mean and covariance of two sets of pictures, as a "
            "classifier of attributes sees them: samples against what the same decoder draws from "
            "the codes of real faces. Smaller is better."
        )
    with section("where", partial(_show_where, opened), holes):
        st.markdown(
            "**Where codes lie.** A VAE pays for every code that strays from $\\mathcal N(0, I)$, "
            "so its dimensions have a spread near 1. An autoencoder pays nothing and uses any "
            "scale. A draw of $\\mathcal N(0, I)$ in many dimensions lies in a thin shell, about "
            "$\\sqrt{D}$ from the origin; see where the codes of real faces are."
        )
        st.markdown(
            "*Holes*: how far is it from a random code to the nearest code of a real face? Compare "
            "with how far these are from each other. In so many dimensions all neighbours are "
            "distant; a sample that is farther out than almost every face is from the others lies "
            "where the decoder has seen nothing."
        )


@st.fragment
def _show_samples(opened: dict[str, Loaded]) -> None:
    first = st.number_input("First seed", 0, 99_999, 0, key="generate_seed", width=200)
    seeds = range(first, first + SAMPLES)
    measured = {name: _scores(cache_key(loaded)) for name, loaded in opened.items()}
    for drawn_from in DRAWN_FROM:
        for name, loaded in opened.items():
            score = measured[name]
            told = f", Fréchet distance {score[drawn_from]:.2f}" if score else ""
            density = "N(0, I)" if drawn_from == DRAWN_FROM[0] else "a Gaussian fitted to its codes"
            st.markdown(f"**{name}**, z from {density}{told}")
            show_pictures(
                [_face(loaded, drawn_from, seed) for seed in seeds],
                names=[f"{name}, {drawn_from}, seed {seed}" for seed in seeds],
            )
    if not all(measured.values()) and st.button(
        f"Measure the Fréchet distance with {SCORED} samples of each", key="generate_measure"
    ):
        for name, loaded in opened.items():
            with st.empty():
                bar = st.progress(0.0, f"{name}: decoding samples")
                found = scores(loaded, progress=bar.progress)
                measured[name].update(found)
        st.rerun(scope="fragment")


@lru_cache(256)  # the next seed brings one new column
def _face(loaded: Loaded, drawn_from: str, seed: int) -> np.ndarray:
    return loaded.renderer.decode(samples(loaded, drawn_from, range(seed, seed + 1)))[0]


@st.fragment
def _show_where(opened: dict[str, Loaded]) -> None:
    view = st.segmented_control("View", VIEWS, default=VIEWS[0], required=True, key="generate_view")
    if view == VIEWS[2]:
        places = st.columns(len(opened))
        for place, (name, loaded) in zip(places, opened.items(), strict=True):
            found = holes(_codes(loaded), samples(loaded, DRAWN_FROM[0], range(DRAWS)))
            with place:
                st.markdown(f"**{name}**: {found.outside:.0%} of N(0, I) far from all faces")
                show_chart(holes_figure(found, name), f"generate_holes_{name}")
        return
    shapes: dict[str, Shape] = {name: shape_of(_codes(loaded)) for name, loaded in opened.items()}
    latent = next(iter(opened.values())).renderer.latent
    if view == VIEWS[0]:
        show_chart(spread_figure(shapes), "generate_spread")
        show_numbers(**{
            f"{name}: spread of a dimension": f"{shape.spread[-1]:.2f} to {shape.spread[0]:.2f}"
            for name, shape in shapes.items()
        })  # fmt: skip
    else:
        show_chart(radius_figure(shapes, latent), "generate_radius")
        show_numbers(**{
            f"{name}: distance": f"{shape.radius.mean():.1f} ± {shape.radius.std():.1f}"
            for name, shape in shapes.items()
        } | {"√D": f"{np.sqrt(latent):.1f}"})  # fmt: skip


def _codes(loaded: Loaded) -> np.ndarray:
    return loaded.run.faces.mean


@st.cache_resource(max_entries=4, show_spinner=False)
def _scores(key: str) -> dict[str, float]:
    """The Fréchet distances of a model, for all sessions; empty until they are measured."""
    return {}


STEP = Step(
    path="generate",
    title="Why an autoencoder cannot generate",
    lead="A decoder knows what to draw where codes of faces lie. Random codes lie elsewhere, "
    "unless training sees to it.",
    show=show,
    controls=(("generate_seed", ""),),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes",
        "Ghosh et al. 2020, From variational to deterministic autoencoders",
        "Heusel et al. 2017, GANs trained by a two time-scale update rule (the Fréchet distance)",
        "Dowson & Landau 1982, The Fréchet distance between multivariate normal distributions",
    ),
)
