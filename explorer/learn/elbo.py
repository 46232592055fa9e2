"""Step 6: rate and distortion of one face, as its q(z|x) is moved, and the bound above the ELBO."""

from typing import NamedTuple

import numpy as np

from explorer.figures.charts import BLUE, GREEN, ORANGE, Figure
from explorer.language.text import _
from explorer.learn.model_access import explained, weights_of
from explorer.run.loaded import Loaded
from training.model.figures import rates

SPREADS = (0.125, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 8.0)  # times the encoder's sigma
MOST_DOUBLINGS = 2.0  # doublings from the best spread that a figure has room for


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


def moved(
    mean: np.ndarray, logvar: np.ndarray, shift: float, spread: float, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """q(z|x) moved away: mean and log-variance, (D,) float64 each.

    shift: of every dimension, up or down by chance, in its own standard deviations. spread: the
    factor on all standard deviations.
    """
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(mean))
    return mean + shift * np.exp(0.5 * logvar) * signs, logvar + 2 * np.log(spread)


def bound(
    loaded: Loaded, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> Bound:
    """The ELBO of a picture for q = N(mean, exp(logvar)), by K draws: the rate is exact.

    picture: (S, S, 3) uint8. mean, logvar: (D,). noise: (K, D), draws of N(0, I).
    """
    z = (mean + np.exp(0.5 * logvar) * noise).astype(np.float32)
    found = explained(loaded.model, picture, z)
    rate = rates(mean[None], logvar[None]).sum()
    return Bound(-float(found.log_likelihoods.mean()), float(rate), found.means)


def along_spread(
    loaded: Loaded, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """The ELBO at each of SPREADS, by the same draws: (S,) float64 nats."""
    return np.array([
        bound(loaded, picture, *moved(mean, logvar, 0.0, spread), noise).elbo for spread in SPREADS
    ])  # fmt: skip


def best_spread(loaded: Loaded) -> float:
    """About where the ELBO is highest along SPREADS, for a run trained with another weight beta.

    Near its own q a rate of beta times the weight makes each variance beta times the ELBO's best:
    the curvature of the distortion then equals beta / variance. 1 for beta 1, the ELBO itself.
    """
    beta = loaded.run.config.training.beta
    return beta**-0.5 if beta > 0 else 1.0


def log_weights(
    loaded: Loaded, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """log p(x|z) p(z) / q(z|x) for each draw z = mean + exp(logvar / 2) * noise: (K,) nats.

    Their mean is an estimate of the ELBO. Arguments as in `bound`.
    """
    z = (mean + np.exp(0.5 * logvar) * noise).astype(np.float32)
    found = explained(loaded.model, picture, z).log_likelihoods
    return weights_of(found, mean, logvar, noise)


def change_figure(before: Bound, after: Bound) -> Figure:
    """What moving q changed, as bars, in nats."""
    changes = {
        "ELBO": after.elbo - before.elbo,
        _("rate"): after.rate - before.rate,
        _("distortion"): after.distortion - before.distortion,
    }
    texts = [f"{change:+,.0f}".replace("-", "−") for change in changes.values()]
    told = ", ".join(f"{name} {change:+,.0f}" for name, change in changes.items())
    made = Figure(
        _("What the move changed, in nats: {told}.").format(told=told), 230, _("change, nats")
    ).bars(changes, (GREEN, BLUE, ORANGE), texts)
    made.option["grid"] |= {"left": 96}
    reach = 1.3 * max(20.0, *map(abs, changes.values()))
    return made.limit(x=(-reach, reach))


def spread_figure(elbos: np.ndarray, spread: float) -> Figure:
    """The ELBO over the spread of q, with a mark where it stands."""
    made = Figure(
        _(
            "The ELBO over the width of q, which is {spread:g} times the encoder's."
).format(spread=spread),
        260, _("width of q, times the encoder's"), _("ELBO, nats"), doubling=True,
    )  # fmt: skip
    made.line(SPREADS, elbos, GREEN, dots=True).rule(spread).tell("place")
    # far too wide a q loses so much that the top would be a line
    apart = np.abs(np.log2(SPREADS) - np.log2(SPREADS[int(elbos.argmax())]))
    low, top = elbos[apart <= MOST_DOUBLINGS].min(), elbos.max()
    margin = 0.1 * (top - low)
    return made.limit(x=(SPREADS[0], SPREADS[-1]), y=(low - margin, top + margin))


def gap_figure(bounds: dict[int, float], draws: int) -> Figure:
    """The importance-weighted bound over the number of draws, with a mark where it stands."""
    made = Figure(
        _(
            "The bound of log p(x) over the number of draws: {bounds:,.0f} nats with {draws}."
).format(bounds=bounds[draws], draws=draws),
        280, _("draws K"), _("bound of log p(x), nats"), doubling=True,
    )  # fmt: skip
    made.line(list(bounds), list(bounds.values()), BLUE, dots=True)
    made.points([draws], [bounds[draws]], ORANGE).tell("place")
    return made.limit(x=(min(bounds), max(bounds)))
