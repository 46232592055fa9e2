"""How a renderer draws the codes of pictures: near them, as sharp as they, and as varied."""

from collections.abc import Callable, Iterator
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
    # Of each batch (4, B): squared error, SSIM, detail as drawn and as it is.
    measured: list[Tensor] = []
    parts = codes.to(pictures.device).split(BATCH)

    def drawn() -> Iterator[Tensor]:
        for x, z in zip(pictures.in_order(BATCH), parts, strict=True):
            y = draw(z)
            error = (y - x).square().mean((1, 2, 3))
            measured.append(torch.stack([error, ssim(y, x), sharpness(y), sharpness(x)]))
            yield y

    of_drawn, of_real = seen(network, drawn()), seen(network, pictures.in_order(BATCH))
    # Read at once, so that a GPU is not waited for in every batch.
    errors, alike, drawn_detail, detail = torch.cat(measured, 1).cpu().double()
    return {
        "psnr_db": float(psnr(errors.mean())),
        "ssim": float(alike.mean()),
        "sharpness": float(drawn_detail.sum() / detail.sum()) if detail.any() else None,
        "frechet_reconstructions": round(frechet_distance(of_real, of_drawn), 4),
    }
