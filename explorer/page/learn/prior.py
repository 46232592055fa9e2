"""Step 9: why a Gaussian?"""

from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.prior import (
    SAMPLERS,
    Spectrum,
    aggregate,
    densities,
    divergence_at_least,
    log_densities,
    margin_figure,
    radius_figure,
    ranges,
    spectrum,
    spectrum_figure,
)
from explorer.page.learn.formula import show_formula
from explorer.page.learn.parts import Step, cache_key, nats, section, told_codes
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import choose_view, show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.codes.mixture import Mixture
from training.codes.samplers import Sampler, draw

SAMPLES = 8
QUESTION = Question(
    "prior",
    N_(
        "Training brings the codes of all faces near to $\\mathcal N(0, I)$, which has a standard "
        "deviation of 1 in every direction. Do the codes have 1 in every direction, too?"
    ),
    (
        N_("Yes, nearly"),
        N_("In every single dimension nearly, but not in every direction"),
        N_("No, they are much wider everywhere"),
    ),
    N_(
        "One dimension at a time the codes are not far from 1. But along their principal "
        "directions they are much wider than the prior in some, and much narrower in others."
    ),
)
VIEWS = (N_("all directions"), N_("distance from the origin"), N_("one dimension"))


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
    with section(
        "why",
        ask_first(QUESTION, partial(_show_codes, found, rate)),
        divergence_at_least,
        first=True,
    ):
        st.markdown(
            _(
                "*Why should faces be Gaussian?* They need not be. $p(z)$ only says where codes "
                "are drawn; the decoder makes faces of them, and a good network can turn a "
                "Gaussian into almost anything. The Gaussian is chosen because it is easy: easy "
                "to draw from, and the rate can be computed exactly."
            )
        )
        st.markdown(
            _(
                "But something else can go wrong. Take the posteriors of **all** faces together, "
                "the *aggregate posterior*:"
            )
        )
        st.latex(r"q(z) = \frac1N \sum_{n=1}^{N} q(z \mid x_n)")
        st.markdown(
            _(
                "This is where the decoder was trained. If it differs from the prior, then a "
                "draw from the prior may lie where the decoder was never trained. Training "
                "brings the two together, but only as one part of the rate:"
            )
        )
        show_formula(
            r"\underbrace{\mathbb E_x\,\mathrm{KL}\big(q(z \mid x)\,\|\,p(z)\big)}_{\text{rate}}"
            r"= \underbrace{I_q(x; z)}_{\text{what codes tell}}"
            r"+ \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{the gap}}"
        )
    with section("samples", partial(_show_samples, loaded, found), Mixture.sample):
        components = len(loaded.run.space.mixture.weights)
        st.markdown(
            _(
                "**What another p(z) changes.** Each column has one seed, so the same random "
                "numbers go through three densities: the prior, the Gaussian with the mean and "
                "covariance of the codes, and a mixture of {components} Gaussians. Nothing was "
                "trained again. Only the place is different where codes are drawn."
            ).format(components=components)
        )
        st.markdown(
            _(
                "With a lower temperature codes are drawn nearer to the middle: the faces are "
                "cleaner, and more alike. That hides the gap, but does not close it."
            )
        )
        if loaded.run.space.flow is not None:
            _tell_flow(loaded.run.space.flow.together is not None)


def _tell_flow(draws_labels: bool) -> None:
    st.markdown(
        _(
            "**A flow** goes further. A few Gaussians cannot describe the places where faces "
            "lie. So a second network learns them, from codes alone. It starts from noise and "
            "says at each moment in which direction to move:"
        )
    )
    st.latex(r"z_0 \sim \mathcal N(0, I), \qquad \frac{\mathrm d z_t}{\mathrm d t} = v(z_t, t)")
    st.markdown(
        _(
            "It was trained on straight lines from noise to codes of training faces: at a point "
            "of such a line, guess its direction. Where many lines meet, the best guess is the "
            "mean of their directions. If you follow it, all of the noise arrives at all of the "
            "codes. The VAE was not changed; it made the space small and smooth enough to be "
            "learned."
        )
    )
    st.markdown(
        _(
            "First a VAE, then a model of its codes: this is a *two-stage VAE*. Larger ones are "
            "called *latent diffusion*, and draw most of the pictures that machines make today. "
            "This flow also learned from some labels, so you can ask it for faces with given "
            "attributes."
        )
    )
    if draws_labels:
        st.markdown(
            _(
                "For a random face nothing is asked. Then its labels are drawn first, as they go "
                "together in CelebA, and after them a code that has them. The flow has less to "
                "decide, and more of the faces look like people."
            )
        )


@st.fragment
def _show_codes(found: Computed, rate: float) -> None:
    view = choose_view(VIEWS, "prior_view")
    if view == VIEWS[0]:
        show_chart(spectrum_figure(found.spectrum), "prior_spectrum")
        show_numbers(**ranges(found.spectrum) | {_("prior"): "1"})
    elif view == VIEWS[1]:
        show_chart(radius_figure(found.codes), "prior_radius")
    else:
        dimension = slider(_("Dimension of z"), 0, found.codes.shape[1] - 1, 0, 1, key="prior_dim")
        show_chart(margin_figure(found.codes, dimension), "prior_margin")
    st.caption(_("Codes: {draws}.").format(draws=told_codes(len(found.codes))))
    gap = divergence_at_least(found.log_density)
    st.markdown(
        _(
            "In this model the rate is {rate:.0f} nats, and the gap is **at least {gap:.0f} "
            "nats**: a mixture that was fitted to codes of training faces explains the codes of "
            "other faces so much better than the prior does."
        ).format(rate=rate, gap=gap)
    )


@st.fragment
def _show_samples(loaded: Loaded, found: Computed) -> None:
    left, right = st.columns([1, 3])
    first = left.number_input(_("First seed"), 0, 99_999, 0, SAMPLES, key="prior_seed")
    with right:
        temperature = slider(_("Temperature"), 0.0, 1.5, 1.0, 0.05, key="prior_temperature")
    seeds = range(first, first + SAMPLES)
    said = {
        name: _("log density of codes of validation faces: {nats}").format(
            nats=nats(found.log_density[name])
        )
        for name in SAMPLERS
    }
    drawn_by: dict[str, Sampler] = {name: found.candidates[name] for name in SAMPLERS}
    if (flow := loaded.run.space.flow) is not None:
        drawn_by["flow"], said["flow"] = (
            flow,
            _("learned from codes; its seeds give other noise"),
        )
    codes = [draw(sampler, seeds, temperature) for sampler in drawn_by.values()]
    faces = loaded.renderer.decode(np.concatenate(codes))
    for k, name in enumerate(drawn_by):
        st.markdown(f"**{_(name)}**, {said[name]}")
        show_pictures(
            faces[k * SAMPLES : (k + 1) * SAMPLES],
            names=[_("{name}, seed {seed}").format(name=_(name), seed=seed) for seed in seeds],
            side=110,
        )


@st.cache_resource(max_entries=4, show_spinner=False)
def _computed(key: str, _loaded: Loaded) -> Computed:
    faces, space = _loaded.run.faces, _loaded.run.space
    codes, candidates = aggregate(faces.mean, faces.logvar), densities(space)
    return Computed(codes, candidates, log_densities(candidates, codes), spectrum(codes))


STEP = Step(
    path="prior",
    title=N_("Why a Gaussian?"),
    lead=N_(
        "Every student asks this. The prior was chosen because it is easy to use. What matters is "
        "whether the codes of real faces fill it."
    ),
    show=show,
    controls=(("prior_temperature", "ArrowLeft"), ("prior_seed", "")),
    words=(
        "prior",
        "posterior",
        "aggregate posterior",
        "rate",
        "KL divergence",
        "standard deviation",
        "principal component",
        "temperature",
        "flow",
        "nat",
    ),
    sources=(
        "Hoffman & Johnson 2016, ELBO surgery: yet another way to carve up the variational "
        "evidence lower bound (the split of the rate)",
        "Dai & Wipf 2019, Diagnosing and enhancing VAE models",
        "Ghosh et al. 2020, From variational to deterministic autoencoders (a density fitted "
        "afterwards)",
        "Tomczak & Welling 2018, VAE with a VampPrior",
        "Lipman et al. 2023, Flow matching for generative modeling",
        "Frey, Hinton & Dayan 1996, Does the wake-sleep algorithm produce good density estimators? "
        "(labels drawn one after the other)",
        "Rombach et al. 2022, High-resolution image synthesis with latent diffusion models",
    ),
)
