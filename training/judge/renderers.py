"""How a renderer draws the codes of pictures: near them, as sharp as they, and as varied."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from training.compute.batches import PictureBatches
from training.judge.attribute_network import AttributeNetwork
from training.judge.frechet import frechet_distance, seen
from training.judge.sharpness import sharpness
from training.judge.ssim import ssim
from training.model.objectives import psnr

BATCH = 64  # pictures


@torch.inference_mode()
def renderer_figures(
    draw: Callable[[Tensor], Tensor],
    pictures: PictureBatches,
    codes: Tensor,
    network: AttributeNetwork,
) -> dict[str, Any]:
    """PSNR, SSIM, sharpness and Fréchet distance of what `draw` makes of the codes of pictures.

    draw: (B, D) -> (B, 3, S, S) in [0, 1]. codes: (N, D) of the N pictures, N at least 2. network:
    whose features the Fréchet distance is of. PSNR is that of the mean squared error over all
    pictures; sharpness is a share of the pictures'.
    """
    errors, alike, drawn_detail, detail = [], [], 0.0, 0.0
    parts = codes.to(pictures.device).split(BATCH)
    for x, z in zip(pictures.in_order(BATCH), parts, strict=True):
        y = draw(z)
        errors.append((y - x).square().mean((1, 2, 3)).double())
        alike.append(ssim(y, x).double())
        drawn_detail += float(sharpness(y).sum())
        detail += float(sharpness(x).sum())
    real = seen(network, pictures.in_order(BATCH))
    drawn = seen(network, (draw(z) for z in parts))
    return {
        "psnr_db": float(psnr(torch.cat(errors).mean())),
        "ssim": float(torch.cat(alike).mean()),
        "sharpness": drawn_detail / detail if detail else None,
        "frechet_reconstructions": round(frechet_distance(real, drawn), 4),
    }
