"""Step 9: the aggregate posterior against the prior, and samplers between them."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, Figure
from explorer.language.text import N_, _
from explorer.recipe.latent_algebra import principal_components
from explorer.recipe.space import LatentSpace
from training.codes.mixture import Mixture
from training.codes.samplers import fitted_gaussian, prior

SAMPLERS = (N_("prior"), N_("one Gaussian"), N_("mixture"))
COLOURS = {"prior": GREY, "one Gaussian": BLUE, "mixture": ORANGE}
FARTHEST = 3.0  # beyond the root of D fewer than one draw of the prior in ten thousand lies


def aggregate(mean: np.ndarray, logvar: np.ndarray, seed: int = 0) -> np.ndarray:
    """One draw of q(z|x) for each face: (N, D) float64, draws of the aggregate posterior.

    mean, logvar: (N, D).
    """
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    return mean + np.exp(0.5 * np.float64(logvar)) * noise


@lru_cache(4)
def densities(space: LatentSpace) -> dict[str, Mixture]:
    """The candidates for p(z), each a mixture: N(0, I), one Gaussian, and the run's own mixture.

    Both latter were fitted to the codes that the run's vectors were made from, the training faces;
    the Gaussian has their mean and covariance. All turn a seed into the same noise.
    """
    return {
        "prior": prior(space.latent),
        "one Gaussian": fitted_gaussian(space.mixture),
        "mixture": space.mixture,
    }


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
    _unused, _unused, directions = principal_components(codes)
    return Spectrum(np.sort(codes.std(0, ddof=1))[::-1], directions)


def ranges(widths: Spectrum) -> dict[str, str]:
    """The least and the most of both, in words: "0.89 to 1.50"."""
    said = {N_("one dimension"): widths.single, N_("any direction"): widths.directions}
    return {
        name: _("{least:.2f} to {most:.2f}").format(least=wide[-1], most=wide[0])
        for name, wide in said.items()
    }


def radii(codes: np.ndarray) -> np.ndarray:
    """Distance of each code (N, D) from the origin: (N,)."""
    return np.linalg.norm(codes, axis=1)


def spectrum_figure(widths: Spectrum) -> Figure:
    """How wide the aggregate posterior is in each direction, against the prior's 1."""
    about = _("The standard deviation of codes in every direction, widest first; the prior has 1.")
    made = Figure(about, 300, _("direction, widest first"), _("standard deviation"))
    at = np.arange(1, len(widths.directions) + 1)
    made.line(at, widths.directions, ORANGE, _("principal directions"))
    made.line(at, widths.single[: len(at)], GREEN, _("dimensions of z"))
    made.line(at, np.ones(len(at)), GREY, _("prior")).tell("place")
    return made.limit((1, len(at)), (0, 1.05 * max(1.0, float(widths.directions.max()))))


def chi_density(x: np.ndarray, d: int) -> np.ndarray:
    """The density of the distance of draws of N(0, I) in d dimensions from the origin."""
    with np.errstate(divide="ignore"):
        logs = (d - 1) * np.log(x) if d > 1 else np.zeros_like(x)
    return np.exp(logs - 0.5 * x * x - (0.5 * d - 1) * math.log(2) - math.lgamma(0.5 * d))


def radius_figure(codes: np.ndarray) -> Figure:
    """How far codes (N, D) lie from the origin, against what the prior expects (chi)."""
    distances, d = radii(codes), codes.shape[1]
    x = np.linspace(0, max(distances.max(), np.sqrt(d) + FARTHEST), 300)
    about = _("How far codes lie from the origin, and how far draws of the prior do.")
    return _against_prior(about, _("distance from the origin"), distances, x, chi_density(x, d))


def margin_figure(codes: np.ndarray, dimension: int) -> Figure:
    """One dimension of codes (N, D) against the prior's N(0, 1)."""
    x = np.linspace(-4.5, 4.5, 200)
    about = _("How the codes are spread in dimension {dimension}, and how the prior is.").format(
        dimension=dimension
    )
    density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return _against_prior(about, f"z {dimension}", codes[:, dimension], x, density)


def _against_prior(
    about: str, title: str, values: np.ndarray, x: np.ndarray, density: np.ndarray
) -> Figure:
    """A histogram of values (N,) below the prior's density (M,) at places (M,)."""
    made = Figure(about, 300, title, _("density"))
    made.histogram(values, ORANGE, _("faces"), share=False).line(x, density, GREY, _("prior"))
    return made.limit(x=(min(x[0], values.min()), max(x[-1], values.max())))
