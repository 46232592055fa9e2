"""Step 9: why a Gaussian?"""

from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.learn.prior import (
    SAMPLERS,
    Spectrum,
    aggregate,
    densities,
    divergence_at_least,
    log_densities,
    margin_figure,
    radius_figure,
    spectrum,
    spectrum_figure,
)
from explorer.page.learn.parts import Step, cache_key, nats, section
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.codes.mixture import Mixture
from training.codes.samplers import Sampler, draw

SAMPLES = 8
VIEWS = ("all directions", "distance from the origin", "one dimension")


class Computed(NamedTuple):
    """What no control changes. codes: (N, D) draws of the aggregate posterior."""

    codes: np.ndarray
    candidates: dict[str, Mixture]
    log_density: dict[str, float]
    spectrum: Spectrum


def show(loaded: Loaded) -> None:
    """Aggregate posterior against prior, then what each candidate for p(z) samples."""
    found = _computed(cache_key(loaded), loaded)
    rate = float(loaded.run.space.kl.sum())
    with section("why", partial(_show_codes, found), divergence_at_least, first=True):
        st.markdown(
            "*Why should faces be Gaussian?* They need not be. $p(z)$ is only where codes are "
            "drawn from; the decoder bends it into the shape of faces, and a network that bends "
            "well enough can turn a Gaussian into almost anything. The Gaussian is chosen for "
            "what it saves: it is easy to draw from, and the rate has a closed form."
        )
        st.markdown(
            "What can go wrong is something else. Take the posteriors of **all** faces together, "
            "the *aggregate posterior*:"
        )
        st.latex(r"q(z) = \frac1N \sum_{n=1}^{N} q(z \mid x_n)")
        st.markdown(
            "This is where the decoder was trained. If it is not the prior, then a draw of the "
            "prior may fall where the decoder was never asked. Training pulls the two together, "
            "but only as one part of the rate:"
        )
        st.latex(
            r"\underbrace{\mathbb E_x\,\mathrm{KL}\big(q(z \mid x)\,\|\,p(z)\big)}_{\text{rate}}"
            r"= \underbrace{I_q(x; z)}_{\text{what codes tell}}"
            r"+ \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{the gap}}"
        )
        gap, spectrum = divergence_at_least(found.log_density), found.spectrum
        st.markdown(
            f"In this model the rate is {rate:.0f} nats and the gap **at least {gap:.0f} nats**: "
            "a mixture fitted to the codes of training faces explains the codes of other faces so "
            "much better than the prior does. One dimension at a time hides it: their spreads lie "
            f"between {spectrum.single[-1]:.2f} and {spectrum.single[0]:.2f}, those along the "
            f"principal directions between {spectrum.directions[-1]:.2f} and "
            f"{spectrum.directions[0]:.2f}. The prior has 1 everywhere."
        )
    with section("samples", partial(_show_samples, loaded, found), Mixture.sample):
        components = len(loaded.run.space.mixture.weights)
        st.markdown(
            "**What another p(z) changes.** Each column is one seed, so the same noise goes "
            "through three densities: the prior, the Gaussian with the mean and covariance of the "
            f"codes, and a mixture of {components} Gaussians. Nothing was "
            "trained again; only the place where codes are drawn is another one."
        )
        st.markdown(
            "A lower temperature draws nearer to the middle: tidier faces, and fewer kinds of "
            "them. It hides the gap and does not close it."
        )
        if loaded.run.space.flow is not None:
            _tell_flow()


def _tell_flow() -> None:
    st.markdown(
        "**A sampler in latent space** goes all the way. The places where faces lie are no sum of "
        "a few Gaussians, so a second network learns them, from codes alone: here a *flow*. It "
        "takes noise and says at each moment in which direction to move:"
    )
    st.latex(r"z_0 \sim \mathcal N(0, I), \qquad \frac{\mathrm d z_t}{\mathrm d t} = v(z_t, t)")
    st.markdown(
        "It was trained on straight lines from noise to codes of training faces: at a point of "
        "such a line, guess its direction. Where many lines meet, the best guess is the mean of "
        "their directions, and following it leads from all of the noise to all of the codes. The "
        "VAE is as it was; it only made the space small and smooth enough to be learned."
    )
    st.markdown(
        "First a VAE, then a model of its codes: that is a *two-stage VAE*. In large it is *latent "
        "diffusion*, which draws most of the pictures that machines make today. This flow was also "
        "told some labels while it learned, so it draws faces with what is asked for."
    )


@st.fragment
def _show_codes(found: Computed) -> None:
    view = st.segmented_control("View", VIEWS, default=VIEWS[0], required=True, key="prior_view")
    if view == VIEWS[0]:
        show_chart(spectrum_figure(found.spectrum), "prior_spectrum")
        show_numbers(**{
            "widest direction": f"{found.spectrum.directions[0]:.2f}",
            "narrowest": f"{found.spectrum.directions[-1]:.2f}",
            "prior": "1",
        })  # fmt: skip
    elif view == VIEWS[1]:
        show_chart(radius_figure(found.codes), "prior_radius")
    else:
        dimension = slider("Dimension of z", 0, found.codes.shape[1] - 1, 0, 1, key="prior_dim")
        show_chart(margin_figure(found.codes, dimension), "prior_margin")
    st.caption(
        f"{len(found.codes):,} draws of the aggregate posterior, one for each validation face."
    )


@st.fragment
def _show_samples(loaded: Loaded, found: Computed) -> None:
    left, right = st.columns([1, 3])
    first = left.number_input("First seed", 0, 99_999, 0, SAMPLES, key="prior_seed")
    with right:
        temperature = slider("Temperature", 0.0, 1.5, 1.0, 0.05, key="prior_temperature")
    seeds = range(first, first + SAMPLES)
    said = {
        name: f"{nats(found.log_density[name])} per code of a validation face" for name in SAMPLERS
    }
    drawn_by: dict[str, Sampler] = {name: found.candidates[name] for name in SAMPLERS}
    if (flow := loaded.run.space.flow) is not None:
        drawn_by["flow"], said["flow"] = (
            flow,
            "learned from codes; its seeds are noise of their own",
        )
    codes = [draw(sampler, seeds, temperature) for sampler in drawn_by.values()]
    faces = loaded.renderer.decode(np.concatenate(codes))
    for k, name in enumerate(drawn_by):
        st.markdown(f"**{name}**, {said[name]}")
        show_pictures(
            faces[k * SAMPLES : (k + 1) * SAMPLES],
            names=[f"{name}, seed {seed}" for seed in seeds],
            side=110,
        )


@st.cache_resource(max_entries=4, show_spinner=False)
def _computed(key: str, _loaded: Loaded) -> Computed:
    faces, space = _loaded.run.faces, _loaded.run.space
    codes, candidates = aggregate(faces.mean, faces.logvar), densities(space)
    return Computed(codes, candidates, log_densities(candidates, codes), spectrum(codes))


STEP = Step(
    path="prior",
    title="Why a Gaussian?",
    lead="The question every student asks. The prior is a choice of convenience; what matters is "
    "whether the codes of real faces fill it.",
    show=show,
    controls=(("prior_temperature", "ArrowLeft"), ("prior_seed", "")),
    sources=(
        "Hoffman & Johnson 2016, ELBO surgery: yet another way to carve up the variational "
        "evidence lower bound (the split of the rate)",
        "Dai & Wipf 2019, Diagnosing and enhancing VAE models",
        "Ghosh et al. 2020, From variational to deterministic autoencoders (a density fitted "
        "afterwards)",
        "Tomczak & Welling 2018, VAE with a VampPrior",
        "Lipman et al. 2023, Flow matching for generative modeling",
        "Rombach et al. 2022, High-resolution image synthesis with latent diffusion models",
    ),
)
