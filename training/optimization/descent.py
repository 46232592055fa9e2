"""One step down the gradient of a loss."""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from training.optimization.divergence import Diverged


def descend(
    loss: Tensor, network: nn.Module, optimizer: torch.optim.Optimizer, clip: float, step: int
) -> float:
    """Take step number `step`, from 0 up, of a network on its loss (); returns the loss.

    clip: the largest gradient norm. Raises Diverged for a loss that is not finite, before the step.
    """
    value = loss.item()
    if not math.isfinite(value):
        raise Diverged(f"expected a finite loss; found {value} at step {step + 1}")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    clip_grad_norm_(network.parameters(), clip)
    optimizer.step()
    return value
