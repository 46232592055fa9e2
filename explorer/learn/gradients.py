"""Step 7: two ways to estimate the gradient of an expectation, on the real decoder linearised.

To answer at once, the decoder's mean is replaced by its linearisation about one code, mu(z) = mu(m)
+ J (z - m), which is exact for small moves, and p(x|z) by the Gaussian with this mean and with the
standard deviation that every value has at that code. Where p(x|z) is a Gaussian with one sigma, it
is itself. log p(x|z) is then quadratic in z, and thousands of draws cost milliseconds.
"""

from typing import NamedTuple

import numpy as np

from explorer.figures.charts import BLUE, ORANGE, Figure
from explorer.language.text import N_, _
from explorer.learn.distributions import moments
from explorer.learn.model_access import distribution, means
from explorer.run.loaded import Loaded

NUDGE = 0.02  # of one dimension of z, to see what the decoder does
ESTIMATORS = (N_("reparameterization"), N_("score function"))


class Quadratic(NamedTuple):
    """f(z) = value + slope (z - centre) - 1/2 (z - centre) curvature (z - centre), in nats.

    centre, slope: (D,). curvature: (D, D), positive semidefinite.
    """

    centre: np.ndarray
    value: float
    slope: np.ndarray
    curvature: np.ndarray

    def at(self, z: np.ndarray) -> np.ndarray:
        """f of codes (..., D): (...)."""
        moved = z - self.centre
        return self.value + moved @ self.slope - 0.5 * ((moved @ self.curvature) * moved).sum(-1)

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """The gradient of f at codes (..., D): (..., D)."""
        return self.slope - (z - self.centre) @ self.curvature


def linearised(loaded: Loaded, picture: np.ndarray, code: np.ndarray) -> Quadratic:
    """log p(x|z) about a code, the decoder linearised by forward differences: D + 1 decodes.

    picture: (S, S, 3) uint8. code: (D,).
    """
    nudged = means(loaded.model, (code + NUDGE * np.eye(len(code))).astype(np.float32))
    mean, spread = moments(distribution(loaded.model, code.astype(np.float32)))
    # Of grey the three colours are one value.
    colours = slice(0, loaded.model.channels)
    nudged, mean, spread = (values[..., colours] for values in (nudged, mean, spread))
    picture = picture[..., colours]
    units = ((nudged - mean) / NUDGE / spread).reshape(len(code), -1).astype(np.float64)  # (D, V)
    missing = ((picture / 255 - mean) / spread).reshape(-1).astype(np.float64)
    value = -0.5 * missing @ missing - np.log(np.sqrt(2 * np.pi) * spread, dtype=np.float64).sum()
    return Quadratic(code.astype(np.float64), float(value), units @ missing, units @ units.T)


def by_reparameterization(
    f: Quadratic, mean: np.ndarray, spread: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """d/d mean of E[f(z)], one estimate for each draw, in its first dimension: noise.shape[:-1].

    z = mean + spread * noise, so dz / d mean = 1: the gradient goes through f.
    mean, spread: (D,). noise: (..., D), draws of N(0, I). Source: Kingma & Welling 2013, eq. 10.
    """
    return f.gradient(mean + spread * noise)[..., 0]


def by_score_function(
    f: Quadratic, mean: np.ndarray, spread: np.ndarray, noise: np.ndarray, baseline: float = 0.0
) -> np.ndarray:
    """The same from values of f alone: (f(z) - baseline) d log q(z) / d mean.

    baseline: any number that does not depend on the draw leaves the estimate right on average.
    Source: Williams 1992 (REINFORCE).
    """
    return (f.at(mean + spread * noise) - baseline) * (noise / spread)[..., 0]


def expectation(f: Quadratic, mean: np.ndarray, spread: np.ndarray) -> float:
    """E[f(z)] for z ~ N(mean, spread^2), exactly."""
    return float(f.at(mean) - 0.5 * (np.diag(f.curvature) * spread**2).sum())


class Race(NamedTuple):
    """Both estimators on the same draws. Estimates: (R,) each, the mean of `draws` draws.

    exact: what both estimate.
    """

    reparameterization: np.ndarray
    score_function: np.ndarray
    exact: float

    @property
    def variances(self) -> tuple[float, float]:
        """Of single estimates, in the order of ESTIMATORS."""
        return float(self.reparameterization.var()), float(self.score_function.var())


def race(
    f: Quadratic,
    mean: np.ndarray,
    spread: np.ndarray,
    dimensions: int,
    draws: int,
    repeats: int,
    with_baseline: bool,
    seed: int = 0,
) -> Race:
    """Estimate d/d mean of E[f(z)] in the first dimension many times, both ways.

    Only the first `dimensions` of z are random, the others stay at `mean`. draws: averaged in one
    estimate. with_baseline: subtract E[f] in the score-function estimator.
    """
    noise = np.random.default_rng(seed).standard_normal((repeats, draws, dimensions))
    part = _first(f, mean, dimensions)
    mean, spread = mean[:dimensions], spread[:dimensions]
    baseline = expectation(part, mean, spread) if with_baseline else 0.0
    return Race(
        by_reparameterization(part, mean, spread, noise).mean(1),
        by_score_function(part, mean, spread, noise, baseline).mean(1),
        float(part.gradient(mean)[0]),
    )


def _first(f: Quadratic, mean: np.ndarray, dimensions: int) -> Quadratic:
    """f of the first dimensions alone, the others at `mean`."""
    rest = mean.copy()
    rest[:dimensions] = f.centre[:dimensions]
    return Quadratic(
        f.centre[:dimensions],
        float(f.at(rest)),
        f.gradient(rest)[:dimensions],
        f.curvature[:dimensions, :dimensions],
    )


def estimates_along(
    f: Quadratic, places: np.ndarray, spread: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Monte Carlo estimates of E[f(z)] for z ~ N(mean, spread^2), the mean at each of M places:
    (M,).

    places: (M, D). noise: (K, D), the same draws at every place (frozen), or (M, K, D), fresh ones.
    """
    return f.at(places[:, None] + spread * noise).mean(1)


def race_figures(found: Race, same_scale: bool) -> tuple[Figure, Figure]:
    """A histogram of the estimates of each of ESTIMATORS.

    same_scale: on one axis; otherwise each on its own.
    """
    made = []
    for name, values, colour in zip(ESTIMATORS, found[:2], (BLUE, ORANGE), strict=True):
        ends = _reach(np.concatenate(found[:2]) if same_scale else values)
        about = _("Estimates by {name}: variance {variance:,.0f}, around {exact:,.0f}.").format(
            name=_(name), variance=values.var(), exact=found.exact
        )
        one = Figure(about, 220, _("estimate of the gradient, nats per unit of z"))
        one.histogram(values, colour, ends=ends).rule(found.exact, "#808080")
        made.append(one.limit(x=ends).hide_labels("y"))
    first, second = made
    return first, second


def trick_figure(moves: np.ndarray, frozen: np.ndarray, fresh: np.ndarray) -> Figure:
    """Estimates (M,) of E log p(x|z) over moves (M,) of the mean, with both kinds of noise."""
    about = _("The estimate over the move of the mean: smooth with frozen noise, rough with fresh.")
    made = Figure(about, 300, _("move of μ"), _("estimate of E log p(x|z)"))
    made.line(moves, fresh, ORANGE, _("fresh noise")).line(moves, frozen, BLUE, _("frozen noise"))
    return made.limit(x=(moves[0], moves[-1]))


def _reach(values: np.ndarray) -> tuple[float, float]:
    """An axis that holds all values, never of length 0."""
    low, high = float(values.min()), float(values.max())
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
