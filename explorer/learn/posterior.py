"""Step 5: the encoder's q(z|x) in two dimensions of z, and which dimensions it uses."""

from typing import NamedTuple

import numpy as np

from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, Figure
from explorer.language.text import _
from training.model.figures import ACTIVE, rates

COLOURS = (ORANGE, BLUE, GREEN, PURPLE)  # of faces, in turn
CLOSE_UP = 4.0  # posterior standard deviations from the middle of the close-up to its border


def ellipse(
    mean: np.ndarray, logvar: np.ndarray, deviations: float, points: int = 73
) -> np.ndarray:
    """Where a diagonal Gaussian of two dimensions is `deviations` standard deviations away.

    mean, logvar: (2,). Returns (points, 2), closed. A share 1 - exp(-deviations^2 / 2) of the
    distribution lies inside.
    """
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)
    return mean + deviations * np.exp(0.5 * np.asarray(logvar)) * circle


def inside(deviations: float) -> float:
    """The share of a Gaussian of two dimensions inside its ellipse of so many deviations."""
    return float(1 - np.exp(-(deviations**2) / 2))


class Use(NamedTuple):
    """How much of z a model uses.

    rate: (D,) mean KL per dimension in nats. variance: (D,) of the posterior means over faces.
    active: (D,) bool, the variance is above 0.01 (Burda et al. 2016, section 5.2). order: (D,)
    dimensions, largest rate first.
    """

    rate: np.ndarray
    variance: np.ndarray
    active: np.ndarray
    order: np.ndarray


def use_of_dimensions(mean: np.ndarray, logvar: np.ndarray) -> Use:
    """mean, logvar: (N, D), q(z|x) of N faces."""
    rate = rates(mean, logvar).mean(0)
    variance = mean.astype(np.float64).var(0, ddof=1)
    weight = rate if rate.any() else variance
    return Use(rate, variance, variance > ACTIVE, np.argsort(-weight, kind="stable"))


def plane_figure(
    cloud: np.ndarray, mean: np.ndarray, logvar: np.ndarray, dimensions: tuple[int, int]
) -> Figure:
    """The prior's circles, the cloud of all codes, and the posterior ellipses of some faces.

    cloud: (N, D) codes. mean, logvar: (F, D), q(z|x) of the faces. dimensions: of the two axes.
    """
    pair = list(dimensions)
    made = _plane(_("The posteriors of {mean} faces before the prior").format(mean=len(mean)), pair)
    made.cloud(cloud[:, pair], GREY)
    for deviations in (1, 2, 3):
        x, y = ellipse(np.zeros(2), np.zeros(2), deviations).T
        made.line(x, y, "#7a7a7a", dashed=True)
    colours = COLOURS[: len(mean)]
    for centre, spread, colour in zip(mean[:, pair], logvar[:, pair], colours, strict=True):
        x, y = ellipse(centre, spread, 2).T
        made.line(x, y, colour)
    x, y = mean[:, pair].T
    made.label(x, y, [str(k + 1) for k in range(len(mean))], colours)
    reach = max(3.6, 1.15 * float(np.abs(mean[:, pair]).max()))
    return made.limit((-reach, reach), (-reach, reach))


def close_up(
    mean: np.ndarray,
    logvar: np.ndarray,
    draws: np.ndarray,
    number: int,
    dimensions: tuple[int, int],
) -> Figure:
    """One posterior of `plane_figure` enlarged, with draws of it.

    mean, logvar: (D,). draws: (K, D), z ~ q(z|x). number: of the face, for its colour.
    dimensions: of the two axes.
    """
    pair, colour = list(dimensions), COLOURS[number % len(COLOURS)]
    made = _plane(_("Draws of the posterior of face {number}").format(number=number + 1), pair)
    x, y = draws[:, pair].T
    made.points(x, y, colour, size=9, opacity=0.8)
    for deviations in (1, 2):
        x, y = ellipse(mean[pair], logvar[pair], deviations).T
        made.line(x, y, colour)
    reach = CLOSE_UP * float(np.exp(0.5 * logvar[pair]).max())
    return made.limit(*((mean[d] - reach, mean[d] + reach) for d in pair))


def use_figure(use: Use, dimensions: tuple[int, int]) -> Figure:
    """The rate of every dimension, largest first; those of the plane stand out."""
    about = _("The rate of {order} dimensions, largest first.").format(order=len(use.order))
    made = Figure(about, 240, _("dimension of z, largest rate first"), _("rate, nats"))
    shown = np.isin(use.order, dimensions)
    colours = np.where(shown, ORANGE, np.where(use.active[use.order], BLUE, GREY))
    rates = {f"z {d}": use.rate[d] for d in use.order}
    return made.bars(rates, colours, upright=True).hide_labels("x").tell("bar")


def _plane(about: str, pair: list[int]) -> Figure:
    x, y = (f"z {d}" for d in pair)
    return Figure(
        _("{about}, in {x} and {y}.").format(about=about, x=x, y=y), 380, x, y, equal=True
    )
