"""Step 5: the encoder's q(z|x) in two dimensions of z, and which dimensions it uses."""

from typing import NamedTuple

import numpy as np

from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, figure
from explorer.learn.model_access import rates
from training.evaluate import ACTIVE

COLOURS = (ORANGE, BLUE, GREEN, PURPLE)  # of faces, in turn
CLOSE_UP = 4.0  # posterior standard deviations from the middle of the close-up to its border


def ellipse(mean: np.ndarray, logvar: np.ndarray, deviations: float, points: int = 73):
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
):
    """The prior's circles, the cloud of all codes, and the posterior ellipses of some faces.

    cloud: (N, D) codes. mean, logvar: (F, D), q(z|x) of the faces. dimensions: of the two axes.
    """
    pair = list(dimensions)
    made = _plane(pair)
    made.add_scatter(
        x=cloud[:, pair[0]],
        y=cloud[:, pair[1]],
        mode="markers",
        marker={"color": GREY, "size": 4, "opacity": 0.35},
        name="codes of other faces",
        hoverinfo="skip",
        showlegend=False,
    )
    for deviations in (1, 2, 3):
        circle = ellipse(np.zeros(2), np.zeros(2), deviations)
        made.add_scatter(
            x=circle[:, 0],
            y=circle[:, 1],
            mode="lines",
            line={"color": "#7a7a7a", "width": 3, "dash": "dot"},
            name=f"prior, {deviations}σ",
            hoverinfo="name",
            showlegend=False,
        )
    _add_posteriors(made, mean[:, pair], logvar[:, pair], deviations=(2,))
    made.add_scatter(
        x=mean[:, pair[0]],
        y=mean[:, pair[1]],
        mode="markers+text",
        marker={"color": COLOURS[: len(mean)], "size": 13, "symbol": "circle-open"},
        text=[f"<b>{k + 1}</b>" for k in range(len(mean))],
        textposition="top center",
        textfont={"size": 18},
        hoverinfo="skip",
        showlegend=False,
    )
    reach = max(3.6, 1.15 * float(np.abs(mean[:, pair]).max()))
    made.update_xaxes(range=[-reach, reach])
    made.update_yaxes(range=[-reach, reach])
    return made


def close_up(mean: np.ndarray, logvar: np.ndarray, draws: np.ndarray, number: int, pair):
    """One posterior of `plane_figure` enlarged, with draws of it.

    mean, logvar: (D,). draws: (K, D), z ~ q(z|x). number: of the face, for its colour.
    """
    pair = list(pair)
    made = _plane(pair)
    made.add_scatter(
        x=draws[:, pair[0]],
        y=draws[:, pair[1]],
        mode="markers",
        marker={"color": COLOURS[number % len(COLOURS)], "size": 9, "opacity": 0.8},
        hoverinfo="skip",
        showlegend=False,
    )
    _add_posteriors(made, mean[None, pair], logvar[None, pair], deviations=(1, 2), first=number)
    reach = CLOSE_UP * np.exp(0.5 * logvar[pair]).max()
    made.update_xaxes(range=[mean[pair[0]] - reach, mean[pair[0]] + reach])
    made.update_yaxes(range=[mean[pair[1]] - reach, mean[pair[1]] + reach])
    return made


def use_figure(use: Use, dimensions: tuple[int, int]):
    """The rate of every dimension, largest first; those of the plane stand out."""
    made = figure(height=230, x="dimension of z, largest rate first", y="rate, nats")
    shown = np.isin(use.order, dimensions)
    made.add_bar(
        x=np.arange(len(use.order)),
        y=use.rate[use.order],
        marker={"color": np.where(shown, ORANGE, np.where(use.active[use.order], BLUE, GREY))},
        customdata=use.order,
        hovertemplate="z %{customdata}: %{y:.2f} nats<extra></extra>",
        showlegend=False,
    )
    made.update_xaxes(showticklabels=False)
    return made


def _plane(pair: list[int]):
    made = figure(height=430, x=f"z {pair[0]}", y=f"z {pair[1]}")
    made.update_yaxes(scaleanchor="x", constrain="domain", zeroline=False)
    made.update_xaxes(constrain="domain", zeroline=False)
    return made


def _add_posteriors(made, mean, logvar, deviations, first: int = 0) -> None:
    for k, (centre, spread) in enumerate(zip(mean, logvar, strict=True), start=first):
        colour = COLOURS[k % len(COLOURS)]
        for times in deviations:
            points = ellipse(centre, spread, times)
            made.add_scatter(
                x=points[:, 0],
                y=points[:, 1],
                mode="lines",
                line={"color": colour, "width": 3},
                fill="toself",
                opacity=0.9,
                name=f"face {k + 1}",
                hoverinfo="name",
                showlegend=False,
            )
