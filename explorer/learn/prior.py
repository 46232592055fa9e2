"""Step 9: the aggregate posterior against the prior, and samplers between them."""

from typing import NamedTuple

import numpy as np
from scipy.stats import chi

from explorer.latent_algebra import principal_components
from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE, figure
from explorer.space import LatentSpace
from training.mixture import Mixture
from training.samplers import fitted_gaussian, prior

SAMPLERS = ("prior", "one Gaussian", "mixture")
COLOURS = dict(zip(SAMPLERS, (GREY, BLUE, ORANGE), strict=True))


def aggregate(mean: np.ndarray, logvar: np.ndarray, seed: int = 0) -> np.ndarray:
    """One draw of q(z|x) for each face: (N, D) float64, draws of the aggregate posterior.

    mean, logvar: (N, D).
    """
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    return mean + np.exp(0.5 * np.float64(logvar)) * noise


def densities(space: LatentSpace) -> dict[str, Mixture]:
    """The candidates for p(z), each a mixture: N(0, I), one Gaussian, and the run's own mixture.

    Both latter were fitted to the codes that the run's vectors were made from, the training faces;
    the Gaussian has their mean and covariance. All turn a seed into the same noise.
    """
    found = (prior(space.latent), fitted_gaussian(space.mixture), space.mixture)
    return dict(zip(SAMPLERS, found, strict=True))


def log_densities(candidates: dict[str, Mixture], codes: np.ndarray) -> dict[str, float]:
    """Mean log density of codes (N, D) under each candidate, in nats per code."""
    return {name: float(c.log_density(codes).mean()) for name, c in candidates.items()}


def divergence_at_least(log_density: dict[str, float]) -> float:
    """A lower bound of KL(aggregate posterior || prior) in nats, from `log_densities` of draws.

    E_q[log q(z) - log p(z)] is at least E_q[log m(z) - log p(z)] for any density m, because no
    density explains draws of q better than q itself on average; m must not have seen the draws.
    """
    return max(log_density[name] - log_density["prior"] for name in SAMPLERS)


class Spectrum(NamedTuple):
    """Standard deviations of the aggregate posterior.

    single: (D,) of each dimension, largest first. directions: (D,) along its principal
    directions. The prior has 1 in every direction.
    """

    single: np.ndarray
    directions: np.ndarray


def spectrum(codes: np.ndarray) -> Spectrum:
    """codes: (N, D) draws of the aggregate posterior, N > D."""
    _, _, directions = principal_components(codes)
    return Spectrum(np.sort(codes.std(0, ddof=1))[::-1], directions)


def radii(codes: np.ndarray) -> np.ndarray:
    """Distance of each code (N, D) from the origin: (N,)."""
    return np.linalg.norm(codes, axis=1)


def spectrum_figure(found: Spectrum):
    """How wide the aggregate posterior is in each direction, against the prior's 1."""
    made = figure(height=300, x="direction, widest first", y="standard deviation")
    at = np.arange(1, len(found.directions) + 1)
    for name, values, colour in (
        ("principal directions", found.directions, ORANGE),
        ("dimensions of z", found.single[: len(at)], GREEN),
        ("prior", np.ones(len(at)), GREY),
    ):
        made.add_scatter(
            x=at, y=values, mode="lines", name=name, line={"color": colour, "width": 3}
        )
    made.update_yaxes(rangemode="tozero")
    return made


def radius_figure(codes: np.ndarray):
    """How far codes (N, D) lie from the origin, against what the prior expects (chi)."""
    made = figure(height=300, x="distance from the origin", y="density")
    found, d = radii(codes), codes.shape[1]
    made.add_histogram(
        x=found, histnorm="probability density", nbinsx=60, name="faces", marker={"color": ORANGE}
    )
    reach = np.linspace(0, max(found.max(), chi.ppf(0.9999, d)), 300)
    made.add_scatter(
        x=reach, y=chi.pdf(reach, d), mode="lines", name="prior", line={"color": GREY, "width": 3}
    )
    return made


def margin_figure(codes: np.ndarray, dimension: int):
    """One dimension of codes (N, D) against the prior's N(0, 1)."""
    made = figure(height=300, x=f"z {dimension}", y="density")
    made.add_histogram(
        x=codes[:, dimension],
        histnorm="probability density",
        nbinsx=60,
        name="faces",
        marker={"color": ORANGE},
    )
    at = np.linspace(-4.5, 4.5, 200)
    made.add_scatter(
        x=at,
        y=np.exp(-0.5 * at**2) / np.sqrt(2 * np.pi),
        mode="lines",
        name="prior",
        line={"color": GREY, "width": 3},
    )
    return made
