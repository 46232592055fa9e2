"""How steep a score is where it is looked at: what R1 holds down in what tells two apart."""

import torch
from torch import Tensor


def squared_slope(total: Tensor, x: Tensor, spread: Tensor | float = 1.0) -> Tensor:
    """() mean over the N rows of x (N, ...) of the squared norm of a score's gradient in each.

    total: () the sum of the scores, each of one row. spread: of x, in units of which it is
    measured. R1 of Mescheder et al. 2018; has a gradient in what the scores come from.
    """
    (gradient,) = torch.autograd.grad(total, x, create_graph=True)
    return (gradient * spread).square().sum(tuple(range(1, x.ndim))).mean()
