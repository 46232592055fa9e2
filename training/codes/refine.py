"""Codes that fit their pictures: a few steps from the encoder's guess towards the best code.

One encoder guesses the posteriors of all pictures, and its guess falls short of the best Gaussian
for each picture alone: the amortization gap (Cremer et al. 2018). A few steps of gradient descent
from the guess close most of it (Kim et al. 2018, Marino et al. 2018). Near the optimum the loss
bends like one over the posterior's variance, so the variance is the preconditioner: a step is one
of natural gradient (Amari 1998), and five of them do what two hundred of Adam do.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from training.compute.device import mixed_precision
from training.model.networks import VAE, Autoencoder, Posterior

STEPS = 5  # of `encode` and of own photos, unless told otherwise
RATE, MOMENTUM = 0.2, 0.5  # of a step; rates above 0.3 run away


def code_loss(model: Autoencoder, x: Tensor, z: Tensor, beta: float) -> Tensor:
    """-log p(x|z) / beta + |z|^2 / 2, (B,) nats up to a constant: least at the best code.

    x: (B, 3, S, S) in [0, 1]. z: (B, D). beta: the weight of the rate that the model was trained
    with; with less, codes would leave the region that training allows.
    """
    density = model.output(z).log_density(x).flatten(1).sum(1)
    return 0.5 * z.square().sum(1) - density / beta


def refine(
    model: Autoencoder,
    x: Tensor,
    posterior: Posterior,
    beta: float,
    steps: int = STEPS,
    bfloat16: bool = False,
) -> Tensor:
    """The means of q(z|x) moved `steps` steps towards the best codes: (B, D) float32.

    The last of `refinements`, which tells the rest.
    """
    *_, best = refinements(model, x, posterior, beta, steps, bfloat16)
    return best


def refinements(
    model: Autoencoder,
    x: Tensor,
    posterior: Posterior,
    beta: float,
    steps: int = STEPS,
    bfloat16: bool = False,
) -> Iterator[Tensor]:
    """The best codes (B, D) float32 after 0, 1, ... `steps` steps; the first are the guess.

    No picture's loss (`code_loss`) gets worse: a step that makes it worse is taken back and the
    rate of that picture halved. The hourglass has no variance to scale steps by and keeps its
    codes. Between two of them nothing is held, so that others can use the model.

    model: frozen. x: (B, 3, S, S) in [0, 1]; posterior: the encoder's guess. bfloat16: whether the
    decoder's products are; the codes end as near, 1.6 times as fast where a CPU multiplies them.
    """
    best = posterior.mean.detach().clone()
    yield best
    if steps == 0 or not isinstance(model, VAE) or not beta > 0:
        return
    variance, momentum = posterior.logvar.exp(), torch.zeros_like(best)
    rate = torch.full((len(best), 1), RATE, device=best.device)

    def look(z: Tensor, wanted: bool) -> tuple[Tensor, Tensor]:
        with mixed_precision(z.device, bfloat16):
            return _loss_and_gradient(model, x, z, beta, wanted)

    least, slope = look(best, wanted=True)
    for step in range(1, steps + 1):
        momentum = MOMENTUM * momentum + slope
        tried = best - rate * variance * momentum
        loss, gradient = look(tried, wanted=step < steps)
        better = (loss <= least)[:, None]
        best = torch.where(better, tried, best)
        least = torch.minimum(loss, least)
        slope = torch.where(better, gradient, slope)
        rate = torch.where(better, rate, rate / 2)
        momentum = torch.where(better, momentum, 0.0)
        yield best


def _loss_and_gradient(
    model: Autoencoder, x: Tensor, z: Tensor, beta: float, wanted: bool
) -> tuple[Tensor, Tensor]:
    """(B,) and (B, D); the gradient is 0 where it is not wanted."""
    with torch.inference_mode(False), torch.set_grad_enabled(wanted):
        z = z.clone().requires_grad_(wanted)
        loss = code_loss(model, x.clone(), z, beta)
        if not wanted:
            return loss, torch.zeros_like(z)
        (gradient,) = torch.autograd.grad(loss.sum(), z)
        return loss.detach(), gradient
