"""Steps from the encoder's guess towards the best code; for arrays of numpy and of torch.

One encoder guesses the posteriors of all pictures, and its guess falls short of the best Gaussian
for each picture alone: the amortization gap (Cremer et al. 2018). A few steps of gradient descent
from the guess close most of it (Kim et al. 2018, Marino et al. 2018). Near the optimum the loss
bends like one over the posterior's variance, so the variance is the preconditioner: a step is one
of natural gradient (Amari 1998), and five of them do what two hundred of Adam do. The hourglass has
no variance; then how the loss bends is measured (`curvature`).
"""

from collections.abc import Callable, Iterator

import numpy as np

from training.model.arrays import Array, namespace
from training.model.posterior import Posterior

STEPS = 5  # of `encode` and of own photos, unless told otherwise
RATE, MOMENTUM = 0.2, 0.5  # of a step; rates above 0.3 run away
PROBE = 0.1  # how far the curvature looks along each dimension, in root mean squares of the code
TINY = 1e-6  # for a code of zeros

# Codes (B, D) to the loss (B,) of each and its gradient (B, D), which may be 0 where it is not
# wanted.
Look = Callable[[Array, bool], tuple[Array, Array]]


def descend(look: Look, guess: Posterior, steps: int = STEPS) -> Iterator[Array]:
    """The best codes (B, D) float32 after 0, 1, ... `steps` steps; the first are the guess.

    guess: the encoder's; where its variance is None, one over the curvature stands for it, which
    takes one look more, and a code around which the loss does not bend upwards stays. No picture's
    loss gets worse: a step that makes it worse is taken back and the rate of that picture halved.
    Between two of them nothing is held, so that others can use the model.
    """
    xp, best = namespace(guess.mean), guess.mean
    yield best
    if steps == 0:
        return
    momentum, rate = xp.zeros_like(best), xp.full_like(best[:, :1], RATE)
    least, slope = look(best, True)
    if guess.logvar is None:
        bent = curvature(look, best, slope)
        variance = 1 / xp.where(bent > 0, bent, np.inf)
    else:
        variance = xp.exp(guess.logvar)
    for step in range(1, steps + 1):
        momentum = MOMENTUM * momentum + slope
        tried = best - rate * variance * momentum
        loss, gradient = look(tried, step < steps)
        better = (loss <= least)[:, None]
        best = xp.where(better, tried, best)
        least = xp.minimum(loss, least)
        slope = xp.where(better, gradient, slope)
        rate = xp.where(better, rate, rate / 2)
        momentum = xp.where(better, momentum, 0.0)
        yield best


def curvature(look: Look, z: Array, slope: Array) -> Array:
    """The mean second derivative of the loss over the D dimensions, of each code: (B, 1).

    slope: the gradient at z. A direction of ones and minus ones meets all dimensions alike, so what
    the loss bends by along it estimates the trace of its second derivatives (Hutchinson 1990); here
    from the difference of two gradients.
    """
    xp = namespace(z)
    signs = xp.ones_like(z)
    signs[:, ::2] = -1
    length = PROBE * xp.sqrt(xp.square(z).mean(1))[:, None] + TINY
    _, ahead = look(z + length * signs, True)
    return ((ahead - slope) * signs).mean(1)[:, None] / length
