"""How much fine detail a picture has, whatever it shows; blur takes it away."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d

LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))


def sharpness(x: Tensor) -> Tensor:
    """Mean square of the Laplacian of pictures x (B, C, S, S), S >= 3: (B,), 0 where flat.

    Over channels and the pixels that have four neighbours. Compare it between pictures of the same
    things only: noise counts as detail. Source: the focus measure of Pech-Pacheco et al. 2000.
    """
    kernel = torch.tensor(LAPLACIAN, dtype=x.dtype, device=x.device)
    edges = conv2d(x.flatten(0, 1)[:, None], kernel[None, None])
    return edges.square().unflatten(0, x.shape[:2]).mean((1, 2, 3, 4))
