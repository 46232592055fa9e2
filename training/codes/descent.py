"""Steps from the encoder's guess towards the best code; for arrays of numpy and of torch.

One encoder guesses the posteriors of all pictures, and its guess falls short of the best Gaussian
for each picture alone: the amortization gap (Cremer et al. 2018). A few steps of gradient descent
from the guess close most of it (Kim et al. 2018, Marino et al. 2018). Near the optimum the loss
bends like one over the posterior's variance, so the variance is the preconditioner: a step is one
of natural gradient (Amari 1998), and five of them do what two hundred of Adam do.
"""

from collections.abc import Callable, Iterator

from training.model.arrays import Array, namespace
from training.model.posterior import Posterior

STEPS = 5  # of `encode` and of own photos, unless told otherwise
RATE, MOMENTUM = 0.2, 0.5  # of a step; rates above 0.3 run away

# Codes (B, D) to the loss (B,) of each and its gradient (B, D), which may be 0 where it is not
# wanted.
Look = Callable[[Array, bool], tuple[Array, Array]]


def descend(look: Look, guess: Posterior, steps: int = STEPS) -> Iterator[Array]:
    """The best codes (B, D) float32 after 0, 1, ... `steps` steps; the first are the guess.

    No picture's loss gets worse: a step that makes it worse is taken back and the rate of that
    picture halved. Between two of them nothing is held, so that others can use the model.
    """
    xp, best = namespace(guess.mean), guess.mean
    yield best
    if steps == 0:
        return
    variance, momentum = xp.exp(guess.logvar), xp.zeros_like(best)
    rate = xp.full_like(best[:, :1], RATE)
    least, slope = look(best, True)
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
