"""Objectives as pure functions that return their named parts, in nats per picture.

Every term is summed over the values of a picture and over the latent dimensions and averaged over
the batch, as the ELBO says. Averaging the squared error over pixels while leaving the KL unweighted
would weigh the rate hundreds of times too much.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from training.networks import Posterior

LOG_2PI = math.log(2 * math.pi)


class Parts(NamedTuple):
    """Named parts of an objective; each a () tensor, in nats per picture unless said otherwise."""

    loss: Tensor  # what is minimised: distortion + beta * rate
    distortion: Tensor  # -E_q[log p(x|z)]
    rate: Tensor  # KL(q(z|x) || p(z)); 0 for the hourglass
    elbo: Tensor  # -(distortion + rate), a lower bound of log p(x) for a VAE
    bits_per_dim: Tensor  # bits per value of the 8-bit picture, see `bits_per_dim`
    mse: Tensor  # mean squared error per value, pixel range [0, 1]


def optimal_log_sigma(mse: Tensor) -> Tensor:
    """log sigma that maximises a Gaussian likelihood with one shared sigma: sigma^2 = MSE.

    mse: () mean squared error, above 0. Source: Rybkin et al. 2021 (sigma-VAE), section 4.2.
    """
    return 0.5 * mse.log()


def gaussian_distortion(mse: Tensor, log_sigma: Tensor, values: int) -> Tensor:
    """-log N(x; mean, sigma^2 I) for pictures of `values` values with mean squared error `mse`.

    mse: any shape, log_sigma: broadcastable; returns nats per picture.
    """
    return 0.5 * values * (mse * torch.exp(-2 * log_sigma) + 2 * log_sigma + LOG_2PI)


def gaussian_rate(posterior: Posterior) -> Tensor:
    """KL(N(mean, exp(logvar)) || N(0, 1)) per dimension: (B, D) nats.

    Source: Kingma & Welling 2013, appendix B.
    """
    mean, logvar = posterior
    return 0.5 * (mean.square() + logvar.exp() - 1 - logvar)


def bits_per_dim(nats: Tensor, values: int) -> Tensor:
    """Bits per value of the 8-bit picture, from nats per picture of a density on [0, 1].

    A level of an 8-bit value is a bin of width 1/256, so its probability is about density / 256:
    log2(256) = 8 bits are added (Theis et al. 2016, section 3.1).
    """
    return nats / (values * math.log(2)) + 8


def _parts(mse: Tensor, rate: Tensor, log_sigma: Tensor | None, beta: float, values: int) -> Parts:
    if log_sigma is None:  # at its optimum sigma has no gradient, so none needs to be stopped
        log_sigma = optimal_log_sigma(mse)
    distortion = gaussian_distortion(mse, log_sigma, values)
    bound = distortion + rate
    loss = distortion + beta * rate
    return Parts(loss, distortion, rate, -bound, bits_per_dim(bound, values), mse)


def autoencoder_objective(x: Tensor, x_mean: Tensor, log_sigma: Tensor | None) -> Parts:
    """The hourglass: distortion alone.

    x, x_mean: (B, 3, S, S) in [0, 1]; log_sigma: () or None for the analytically optimal one.
    """
    mse = (x - x_mean).square().mean()
    rate = torch.zeros_like(mse)
    return _parts(mse, rate, log_sigma, 0.0, x[0].numel())


def vae_objective(
    x: Tensor, x_mean: Tensor, posterior: Posterior, log_sigma: Tensor | None, beta: float = 1.0
) -> Parts:
    """The negative ELBO with one reparameterized sample per picture (beta = 1).

    x, x_mean: (B, 3, S, S) in [0, 1]; log_sigma: () or None for the analytically optimal one.
    Source: Kingma & Welling 2013, eq. 8; beta: Higgins et al. 2017, eq. 4.
    """
    mse = (x - x_mean).square().mean()
    rate = gaussian_rate(posterior).sum(1).mean()
    return _parts(mse, rate, log_sigma, beta, x[0].numel())


def psnr(mse: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of a mean squared error on the pixel range [0, 1]."""
    return -10 * mse.log10()
