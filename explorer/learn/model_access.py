"""What the steps ask of a model and of training's objectives."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from explorer.decoding.renderer import checked
from explorer.decoding.shared_model import SharedModel
from training.model.likelihoods import LEVELS, Likelihood, likelihood
from training.model.objectives import importance_weighted, log_weights
from training.model.posterior import Posterior

AT_ONCE = 16  # codes decoded together; on a CPU larger batches fall out of its cache


def means(model: SharedModel, codes: np.ndarray) -> np.ndarray:
    """(B, D) float32 codes -> (B, S, S, 3) float32 in [0, 1], the means of p(x|z), not rounded.

    Of a model without a likelihood what its decoder draws, in the 256 levels of the page.
    """
    if not model.config.has_likelihood:
        return model.networks.means()(checked(codes, model.latent)) / np.float32(LEVELS)
    return np.concatenate([in_colours(p.mean) for p in _outputs(model, codes)])


class Explained(NamedTuple):
    """How well codes explain a picture.

    log_likelihoods: (B,) float64 log p(x|z) in nats, a density on the [0, 1] range. means: (B, S,
    S, 3) float32 in [0, 1], of p(x|z).
    """

    log_likelihoods: np.ndarray
    means: np.ndarray


def explained(model: SharedModel, picture: np.ndarray, codes: np.ndarray) -> Explained:
    """picture: (S, S, 3) uint8. codes: (B, D) float32."""
    x, log_likelihoods, decoded = batch_of(picture, model.channels), [], []
    for p in _outputs(model, codes):
        log_likelihoods.append(p.log_density(x).sum((1, 2, 3), dtype=np.float64))
        decoded.append(in_colours(p.mean))
    return Explained(np.concatenate(log_likelihoods), np.concatenate(decoded))


def distribution(model: SharedModel, code: np.ndarray) -> Likelihood:
    """p(x|z) of one code (D,): a batch of 1."""
    return next(_outputs(model, code[None]))


def weights_of(
    log_likelihoods: np.ndarray, mean: np.ndarray, logvar: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """log p(x|z) p(z) / q(z|x) of draws z = mean + sigma * noise of one picture: (K,) nats.

    log_likelihoods: (K,). mean, logvar: (D,). noise: (K, D).
    """
    q = Posterior(mean[None], logvar[None])
    return log_weights(log_likelihoods[:, None], q, noise[:, None])[:, 0]


def bound_of_draws(weights: np.ndarray, draws: int) -> float:
    """The importance-weighted bound of `draws` draws, from log weights (K,), in nats.

    With one draw the ELBO. Averaged over the K // draws groups that the draws make.
    """
    groups = weights[: len(weights) // draws * draws].reshape(-1, draws)
    return float(importance_weighted(groups.T).mean())


def batch_of(picture: np.ndarray, channels: int = 3) -> np.ndarray:
    """(S, S, 3) uint8 as (1, C, S, S) float32 in [0, 1]; of a grey picture one channel says all."""
    return picture.transpose(2, 0, 1)[None, :channels] / np.float32(LEVELS)


def in_colours(values: np.ndarray) -> np.ndarray:
    """(B, C, S, S) -> (B, S, S, 3): grey becomes three equal channels."""
    wide = np.broadcast_to(values, (len(values), 3, *values.shape[2:]))
    return np.ascontiguousarray(wide.transpose(0, 2, 3, 1))


def _outputs(model: SharedModel, codes: np.ndarray) -> Iterator[Likelihood]:
    """p(x|z) of codes (B, D), AT_ONCE at a time."""
    z, networks = checked(codes, model.latent), model.networks
    for start in range(0, len(z), AT_ONCE):
        outputs = networks.outputs(z[start : start + AT_ONCE])
        yield likelihood(model.config.likelihood, outputs, networks.log_sigma)
