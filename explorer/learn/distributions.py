"""The distributions p(x|z) of training/ as pictures and numbers."""

import math
from dataclasses import fields, replace

import numpy as np

from explorer.learn.model_access import batch_of, in_colours
from training.model.figures import rates
from training.model.likelihoods import LEVELS, ContinuousBernoulli, Likelihood

WHITE = 0.15  # the spread that its picture shows as white


def as_levels(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as uint8 levels, clipped."""
    return (np.clip(values, 0, 1) * 255).round().astype(np.uint8)


def mean_picture(p: Likelihood) -> np.ndarray:
    """The mean of p(x|z), a batch of 1: (S, S, 3) uint8."""
    return as_levels(_values(p.mean))


def spread_picture(p: Likelihood) -> np.ndarray:
    """The standard deviation of every value, black for 0 and white for WHITE: (S, S, 3) uint8."""
    return as_levels(_values(p.deviation) / WHITE)


def moments(p: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every value of p(x|z), a batch of 1: (S, S, 3) float32."""
    return _values(p.mean), _values(p.deviation)


def sample_picture(p: Likelihood, seed: int, number: int = 0) -> np.ndarray:
    """x ~ p(x|z): (S, S, 3) uint8. The same seed and number give the same picture."""
    return as_levels(_values(p.sample(np.random.default_rng((seed, number)))))


def widened(p: Likelihood, times: float) -> Likelihood:
    """p with `times` its scale, 0 or more; one without a scale stays as it is."""
    if isinstance(p, ContinuousBernoulli):
        return p
    return replace(p, log_scale=p.log_scale + (math.log(times) if times else -math.inf))


def level_probabilities(p: Likelihood, row: int, column: int) -> np.ndarray:
    """P(level) of the C values of one place: (C, 256) float64, each row sums to 1."""
    here = {
        f.name: value[..., row : row + 1, column : column + 1] if value.ndim else value
        for f in fields(p)
        for value in [getattr(p, f.name)]
    }
    levels = np.arange(LEVELS + 1, dtype=np.float32) / np.float32(LEVELS)
    levels = np.broadcast_to(levels[:, None, None, None], (LEVELS + 1, p.mean.shape[1], 1, 1))
    log_probabilities = replace(p, **here).log_probability(levels)
    return np.exp(log_probabilities.astype(np.float64))[:, :, 0, 0].T


def level_spread(chances: np.ndarray) -> float:
    """Standard deviation, in levels, of a value that has these (256,) probabilities."""
    level = np.arange(len(chances))
    mean = (chances * level).sum()
    return float(np.sqrt((chances * (level - mean) ** 2).sum()))


def marked(picture: np.ndarray, row: int, column: int, times: int = 4) -> np.ndarray:
    """A picture enlarged, with a frame around one place: (times S, times S, 3) uint8."""
    large = picture.repeat(times, 0).repeat(times, 1)
    for colour, wide in ((255, 3), (0, 1)):
        top, left = max(0, row * times - wide), max(0, column * times - wide)
        inner = large[row * times : (row + 1) * times, column * times : (column + 1) * times].copy()
        large[top : (row + 1) * times + wide, left : (column + 1) * times + wide] = colour
        large[row * times : (row + 1) * times, column * times : (column + 1) * times] = inner
    return large


def bits_per_dim(p: Likelihood, picture: np.ndarray, mean: np.ndarray, logvar: np.ndarray) -> float:
    """-ELBO of a picture in bits per value, by the one z that p was made of.

    picture: (S, S, 3) uint8. mean, logvar: (D,), its q(z|x).
    """
    x = batch_of(picture, p.mean.shape[1])
    nats = rates(mean[None], logvar[None]).sum() - p.log_probability(x).sum(dtype=np.float64)
    return float(nats / (x.size * math.log(2)))


def _values(parameter: np.ndarray) -> np.ndarray:
    return in_colours(parameter[:1])[0]
