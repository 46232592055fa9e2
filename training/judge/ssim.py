"""Structural similarity, which follows what people see closer than a squared error does."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d

RADIUS, SIGMA = 5, 1.5  # pixels; an 11x11 Gaussian window
STABILISERS = 0.01**2, 0.03**2  # constants for the pixel range [0, 1]


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Mean structural similarity of pictures x, y (B, C, S, S) in [0, 1]: (B,), 1 where equal.

    Over windows that lie inside the picture, and over channels; pictures below 11 pixels get a
    smaller window. Source: Wang et al. 2004, section III.B, eq. 13, with population variances.
    """
    radius = min(RADIUS, (min(x.shape[2:]) - 1) // 2)
    steps = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-0.5 * (steps / SIGMA).square())
    kernel = kernel / kernel.sum()

    def local_mean(t: Tensor) -> Tensor:
        t = t.flatten(0, 1)[:, None]  # (B * C, 1, S, S)
        t = conv2d(conv2d(t, kernel[None, None, :, None]), kernel[None, None, None, :])
        return t[:, 0].unflatten(0, x.shape[:2])

    mean_x, mean_y = local_mean(x), local_mean(y)
    var_x = local_mean(x * x) - mean_x.square()
    var_y = local_mean(y * y) - mean_y.square()
    covariance = local_mean(x * y) - mean_x * mean_y
    c1, c2 = STABILISERS
    luminance = (2 * mean_x * mean_y + c1) / (mean_x.square() + mean_y.square() + c1)
    structure = (2 * covariance + c2) / (var_x + var_y + c2)
    return (luminance * structure).mean((1, 2, 3))
