"""What is told of codes and pictures, with numpy in and numpy out, by training's own formulas."""

import numpy as np

from training.model import objectives
from training.model.posterior import Posterior

ACTIVE = 0.01  # variance of a dimension's posterior mean above which it is an active unit
LIKEST = 99.0  # dB, of equal pictures, which would have infinitely many
AT_ONCE = 256  # codes; more fall out of the cache


def rates(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(N(mean, exp(logvar)) || N(0, 1)) per dimension: (N, D) float64 nats.

    0 for the hourglass, whose codes have no spread (logvar of minus infinity).
    """
    return _rates(mean.astype(np.float64), logvar.astype(np.float64))


def rates_of_codes(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """The same summed over the dimensions, of any number of codes: (N,), of their own type."""
    found = np.empty(len(mean), mean.dtype)
    for start in range(0, len(mean), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found[part] = _rates(mean[part], logvar[part]).sum(1)
    return found


def psnr(mse: np.ndarray | float) -> np.ndarray:
    """Peak signal-to-noise ratio in dB, at most LIKEST, of mean squared errors on [0, 1].

    mse: (...). Returns (...) float64.
    """
    least = np.maximum(np.atleast_1d(mse).astype(np.float64), 10 ** (-LIKEST / 10))
    return objectives.psnr(least).reshape(np.shape(mse))


def likeness(picture: np.ndarray, others: np.ndarray) -> np.ndarray:
    """PSNR in dB of other pictures (..., S, S, 3) against one: (...) float64.

    Either is uint8, or floating in [0, 1].
    """
    return psnr(np.square(_shares(picture) - _shares(others)).mean((-3, -2, -1)))


def _rates(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    rate = objectives.gaussian_rate(Posterior(mean, logvar))
    return np.nan_to_num(rate, copy=False, nan=np.nan, posinf=0.0)


def _shares(picture: np.ndarray) -> np.ndarray:
    """Values from 0 to 1."""
    return picture / 255 if picture.dtype == np.uint8 else picture
