"""What is told of codes, with numpy in and numpy out, by training's own formulas."""

import numpy as np
import torch

from training.model.networks import Posterior
from training.model.objectives import gaussian_rate

AT_ONCE = 256  # codes; more fall out of the cache


def rates(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(N(mean, exp(logvar)) || N(0, 1)) per dimension: (N, D) float64 nats.

    0 for the hourglass, whose codes have no spread (logvar of minus infinity).
    """
    return _rates(np.float64(mean), np.float64(logvar)).numpy()


def rates_of_codes(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """The same summed over the dimensions, of any number of codes: (N,), of their own type."""
    found = np.empty(len(mean), mean.dtype)
    for start in range(0, len(mean), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found[part] = _rates(mean[part], logvar[part]).sum(1)
    return found


def _rates(mean: np.ndarray, logvar: np.ndarray) -> torch.Tensor:
    rate = gaussian_rate(Posterior(torch.from_numpy(mean), torch.from_numpy(logvar)))
    return rate.nan_to_num(nan=torch.nan, posinf=0.0)
