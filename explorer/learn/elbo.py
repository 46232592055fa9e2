"""Step 6: rate and distortion of one face, as its q(z|x) is moved, and the bound above the ELBO."""

from typing import NamedTuple

import numpy as np

from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE, figure
from explorer.learn.model_access import explained, rates, weights_of
from explorer.loaded import Loaded

SPREADS = (0.125, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 8.0)  # times the encoder's sigma


class Bound(NamedTuple):
    """The parts of one ELBO, in nats, and the means that its draws decode to.

    distortion: -E_q[log p(x|z)]. rate: KL(q(z|x) || p(z)). means: (K, S, S, 3) float32 in [0, 1].
    """

    distortion: float
    rate: float
    means: np.ndarray

    @property
    def elbo(self) -> float:
        """-(distortion + rate), a lower bound of log p(x)."""
        return -(self.distortion + self.rate)


def moved(mean: np.ndarray, logvar: np.ndarray, shift: float, spread: float, seed: int = 0):
    """q(z|x) moved away: mean and log-variance, (D,) float64 each.

    shift: of every dimension, up or down by chance, in its own standard deviations. spread: the
    factor on all standard deviations.
    """
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(mean))
    return mean + shift * np.exp(0.5 * logvar) * signs, logvar + 2 * np.log(spread)


def bound(
    model: Loaded, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> Bound:
    """The ELBO of a picture for q = N(mean, exp(logvar)), by K draws: the rate is exact.

    picture: (S, S, 3) uint8. mean, logvar: (D,). noise: (K, D), draws of N(0, I).
    """
    z = (mean + np.exp(0.5 * logvar) * noise).astype(np.float32)
    found = explained(model.decoder, picture, z)
    rate = rates(mean[None], logvar[None]).sum()
    return Bound(-float(found.log_likelihoods.mean()), float(rate), found.means)


def along_spread(
    model: Loaded, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """The ELBO at each of SPREADS, by the same draws: (S,) float64 nats."""
    return np.array([
        bound(model, picture, *moved(mean, logvar, 0.0, spread), noise).elbo for spread in SPREADS
    ])  # fmt: skip


def log_weights(
    model: Loaded, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """log p(x|z) p(z) / q(z|x) for each draw z = mean + exp(logvar / 2) * noise: (K,) nats.

    Their mean is an estimate of the ELBO. Arguments as in `bound`.
    """
    z = (mean + np.exp(0.5 * logvar) * noise).astype(np.float32)
    found = explained(model.decoder, picture, z).log_likelihoods
    return weights_of(found, mean, logvar, noise)


def change_figure(before: Bound, after: Bound):
    """What moving q changed, as bars, in nats."""
    names = ("ELBO", "rate", "distortion")
    changes = (
        after.elbo - before.elbo,
        after.rate - before.rate,
        after.distortion - before.distortion,
    )
    made = figure(height=230, x="change, nats", showlegend=False)
    made.add_bar(
        x=changes,
        y=names,
        orientation="h",
        marker={"color": [GREEN, BLUE, ORANGE]},
        text=[f"{change:+,.0f}" for change in changes],
        textposition="auto",
        hoverinfo="skip",
    )
    reach = max(20.0, 1.1 * max(map(abs, changes)))
    made.update_xaxes(range=[-reach, reach], zeroline=True)
    made.update_layout(margin={"l": 130})
    return made


def spread_figure(elbos: np.ndarray, spread: float):
    """The ELBO over the spread of q, with a mark where it stands."""
    made = figure(
        height=260, x="spread of q, times the encoder's", y="ELBO, nats", showlegend=False
    )
    made.add_scatter(
        x=SPREADS, y=elbos, mode="lines+markers", line={"color": GREEN, "width": 3},
        marker={"size": 8}, hoverinfo="x+y",
    )  # fmt: skip
    made.add_vline(spread, line={"color": GREY, "width": 3, "dash": "dot"})
    made.update_xaxes(type="log", tickvals=SPREADS, ticktext=[f"{s:g}" for s in SPREADS])
    return made


def gap_figure(bounds: dict[int, float], draws: int):
    """The importance-weighted bound over the number of draws, with a mark where it stands."""
    made = figure(height=280, x="draws K", y="bound of log p(x), nats", showlegend=False)
    counts, values = list(bounds), list(bounds.values())
    made.add_scatter(
        x=counts, y=values, mode="lines+markers", line={"color": BLUE, "width": 3},
        marker={"size": 8}, hoverinfo="x+y",
    )  # fmt: skip
    made.add_scatter(
        x=[draws], y=[bounds[draws]], mode="markers", marker={"color": ORANGE, "size": 15},
        hoverinfo="skip",
    )  # fmt: skip
    made.update_xaxes(type="log", tickvals=counts, ticktext=[str(k) for k in counts])
    return made
