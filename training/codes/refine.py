"""Codes that fit their pictures, by torch: a few steps from the encoder's guess (descent.py)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from training.codes.descent import STEPS, descend
from training.compute.device import mixed_precision
from training.model.networks import VAE, Autoencoder
from training.model.posterior import Posterior


def code_loss(model: Autoencoder, x: Tensor, z: Tensor, beta: float) -> Tensor:
    """-log p(x|z) / beta + |z|^2 / 2, (B,) nats up to a constant: least at the best code.

    x: (B, 3, S, S) in [0, 1]. z: (B, D). beta: the weight of the rate that the model was trained
    with; with less, codes would leave the region that training allows. The hourglass has no prior,
    and so no |z|^2.
    """
    density = model.output(z).log_density(x).flatten(1).sum(1)
    return (0.5 * z.square().sum(1) if isinstance(model, VAE) else 0) - density / beta


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
    """What `descend` gives for the loss of `code_loss`.

    model: frozen. x: (B, 3, S, S) in [0, 1]; posterior: the encoder's guess. bfloat16: whether the
    decoder's products are; the codes end as near, 1.6 times as fast where a CPU multiplies them.
    """

    def look(z: Tensor, wanted: bool) -> tuple[Tensor, Tensor]:
        with mixed_precision(z.device, bfloat16):
            return loss_and_gradient(model, x, z, beta, wanted)

    mean, logvar = (part.detach().clone() for part in posterior)
    guess = Posterior(mean, logvar if isinstance(model, VAE) else None)
    return descend(look, guess, steps if beta > 0 else 0)


def loss_and_gradient(
    model: Autoencoder, x: Tensor, z: Tensor, beta: float, wanted: bool = True
) -> tuple[Tensor, Tensor]:
    """`code_loss` (B,) and its gradient in codes (B, D), which is 0 where it is not wanted."""
    with torch.inference_mode(False), torch.set_grad_enabled(wanted):
        z = z.clone().requires_grad_(wanted)
        loss = code_loss(model, x.clone(), z, beta)
        if not wanted:
            return loss, torch.zeros_like(z)
        (gradient,) = torch.autograd.grad(loss.sum(), z)
        return loss.detach(), gradient
