"""Objectives as pure functions that return their named parts, in nats per picture.

Arrays are of torch, where there are gradients, or of numpy. Every term is summed over the values of
a picture and over the latent dimensions and averaged over the batch, as the ELBO says. Averaging
the squared error over pixels while leaving the KL unweighted would weigh the rate hundreds of times
too much.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from training.model.arrays import Array, logsumexp, namespace
from training.model.likelihoods import LEVELS, Likelihood, alone
from training.model.posterior import Posterior


class Parts(NamedTuple):
    """Named parts of an objective; each a () tensor, in nats per picture unless said otherwise."""

    loss: Array  # what is minimised: distortion + beta * rate, the latter with free bits
    distortion: Array  # -E_q[log p(x|z)], of the density
    rate: Array  # KL(q(z|x) || p(z)); 0 for the hourglass
    elbo: Array  # -(distortion + rate), a lower bound of log p(x) for a VAE
    bits_per_dim: Array  # bits per value of the 8-bit picture, see `bits_per_dim`
    mse: Array  # mean squared error of the mean picture per value, pixel range [0, 1]
    mae: Array  # mean absolute error likewise


def gaussian_rate(posterior: Posterior) -> Array:
    """KL(N(mean, exp(logvar)) || N(0, 1)) per dimension: (B, D) nats.

    Source: Kingma & Welling 2013, appendix B.
    """
    mean, logvar = posterior
    xp = namespace(mean)
    return 0.5 * (xp.square(mean) + xp.exp(logvar) - 1 - logvar)


def bits_per_dim(nats: Array, values: int) -> Array:
    """Bits per value of the 8-bit picture, from nats per picture of a density on [0, 1].

    A level is a bin of width 1/255, so its probability is about density / 255. The exact figure,
    which the evaluation gives, is that of the discretised likelihood
    (training/model/likelihoods.py).
    """
    return nats / (values * math.log(2)) + math.log2(LEVELS)


def _parts(x: Array, p: Likelihood, rate: Array, charged: Array) -> Parts:
    density = p.log_density(x)
    distortion = -density.reshape(density.shape[0], -1).sum(1).mean()
    error = x - p.mean
    bound = distortion + rate
    return Parts(
        loss=distortion + charged,
        distortion=distortion,
        rate=rate,
        elbo=-bound,
        bits_per_dim=bits_per_dim(bound, math.prod(x.shape[1:])),
        mse=(error * error).mean(),
        mae=abs(error).mean(),
    )


def autoencoder_objective(x: Array, p: Likelihood) -> Parts:
    """The hourglass: distortion alone. x: (B, 3, S, S) in [0, 1]; p: p(x|z) of each."""
    rate = namespace(x).zeros((), dtype=x.dtype, device=x.device)
    return _parts(x, p, rate, rate)


def vae_objective(
    x: Array,
    p: Likelihood,
    posterior: Posterior,
    beta: float | Array = 1.0,
    free_bits: float = 0.0,
    mean_over: Callable[[Array], Array] = alone,
) -> Parts:
    """The negative ELBO with one reparameterized sample per picture (beta 1, no free bits).

    x: (B, 3, S, S) in [0, 1]; p: p(x|z) of each. free_bits: of every dimension that cost nothing;
    below them the mean KL of a dimension has no gradient. mean_over: averages over processes.
    Source: Kingma & Welling 2013, eq. 8; beta: Higgins et al. 2017, eq. 4; free bits: Kingma et
    al. 2016, eq. 15, with a dimension as group.
    """
    kl = gaussian_rate(posterior).mean(0)
    paid = mean_over(kl.detach()) > free_bits * math.log(2)
    charged = namespace(kl).where(paid, kl, free_bits * math.log(2)).sum()
    return _parts(x, p, kl.sum(), beta * charged)


def log_weights(log_likelihood: Array, posterior: Posterior, noise: Array) -> Array:
    """log p(x|z) p(z) / q(z|x) of samples z = mean + sigma * noise: (K, B) nats.

    log_likelihood: (K, B) log p(x|z), of a density or of levels. posterior: of B pictures.
    noise: (K, B, D). Their mean over K is an estimate of the ELBO.
    """
    mean, logvar = posterior
    xp = namespace(mean)
    z = mean + xp.exp(0.5 * logvar) * noise
    return log_likelihood + 0.5 * (xp.square(noise) - xp.square(z) + logvar).sum(-1)


def importance_weighted(weights: Array) -> Array:
    """(K, B) log weights -> (B,) a bound of log p(x) that K = 1 makes the ELBO, and is tighter.

    Source: Burda et al. 2016 (IWAE), eq. 8.
    """
    return logsumexp(weights, 0) - math.log(len(weights))


def psnr(mse: Array) -> Array:
    """Peak signal-to-noise ratio in dB of a mean squared error on the pixel range [0, 1]."""
    return -10 * namespace(mse).log10(mse)
