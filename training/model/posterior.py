"""q(z|x), and draws of it; for arrays of numpy and of torch."""

from typing import NamedTuple

from training.model.arrays import Array, namespace


class Posterior(NamedTuple):
    """The diagonal Gaussian q(z|x) of Kingma & Welling 2013, section 3.

    mean: (B, D), logvar: (B, D) natural logarithm of the variance.
    """

    mean: Array
    logvar: Array


def reparameterize(posterior: Posterior, noise: Array) -> Array:
    """z = mean + sigma * noise, noise ~ N(0, I) of shape (B, D) (Kingma & Welling 2013, eq. 10)."""
    return posterior.mean + namespace(noise).exp(0.5 * posterior.logvar) * noise
