"""Step 6: two VAEs trained on the spot, one of which averages where it should sum.

The loss of a VAE adds the distortion of all values of a picture to the rate of all dimensions. Who
averages the distortion over the values instead divides it by their number V, which is the same as
a rate V times too dear (beta = V).
"""

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data.draw import draw_attributes, draw_look, paint
from data.picture import crop_face
from training.model.arrays import Array
from training.model.config import ModelConfig
from training.model.objectives import psnr

if TYPE_CHECKING:
    from training.model.networks import Autoencoder

TINY = ModelConfig(size=32, latent=8, widths=(16, 24, 32))
STEPS, BATCH, RATE = 200, 16, 4e-3
REPORT_EVERY = 10  # steps
RECONSTRUCTED = 6  # faces reconstructed in a report


class Report(NamedTuple):
    """Where the two trainings are; the first one sums, the second one averages.

    step: number of steps done, of STEPS. rate: (2,) nats and psnr: (2,) dB of the latest batch.
    reconstructions: (2, RECONSTRUCTED, S, S, 3) uint8 of the first faces, from the mean of q(z|x).
    """

    step: int
    rate: tuple[float, float]
    psnr: tuple[float, float]
    reconstructions: np.ndarray

    @property
    def done(self) -> float:
        """Share of the steps, up to 1."""
        return self.step / STEPS


def has_torch() -> bool:
    """Whether they can be trained here."""
    return importlib.util.find_spec("torch") is not None


def drawn_faces(count: int, seed: int = 0) -> np.ndarray:
    """Drawn stand-in faces at the tiny size: (count, S, S, 3) uint8."""
    return np.stack([
        crop_face(paint(draw_look(seed, k), draw_attributes(seed, k)), TINY.size)
        for k in range(count)
    ])  # fmt: skip


def two_trainings(faces: np.ndarray, seed: int = 0) -> Iterator[Report]:
    """Train both side by side: the same first weights, pictures and noise at every step.

    faces: (N, S, S, 3) uint8, N at least BATCH. Yields now and then, and at the end. Needs torch.
    """
    import torch

    from training.loop.steps import objective

    x = torch.from_numpy(faces).permute(0, 3, 1, 2).float() / 255
    values = x[0].numel()
    models = [_seeded(seed) for _ in range(2)]
    optimizers = [torch.optim.AdamW(model.parameters(), lr=RATE) for model in models]
    generator = torch.Generator().manual_seed(seed)
    for step in range(1, STEPS + 1):
        batch = x[torch.randperm(len(x), generator=generator)[:BATCH]]
        noise = torch.randn(len(batch), TINY.latent, generator=generator)
        parts = []
        for model, optimizer, beta in zip(models, optimizers, (1.0, float(values)), strict=True):
            parts.append(objective(model, batch, noise, beta))
            optimizer.zero_grad()
            (parts[-1].loss / (beta * values)).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        if step % REPORT_EVERY == 0 or step == STEPS:
            first, second = parts
            yield Report(
                step,
                (first.rate.item(), second.rate.item()),
                (psnr(first.mse).item(), psnr(second.mse).item()),
                np.stack([_reconstructed(model, x[:RECONSTRUCTED]) for model in models]),
            )


def _reconstructed(model: "Autoencoder", x: Array) -> np.ndarray:
    mean = model.decode(model.posterior(x).mean).detach()
    return (mean * 255).round().byte().permute(0, 2, 3, 1).numpy()


def _seeded(seed: int) -> "Autoencoder":
    """A fresh tiny VAE whose weights depend on the seed alone."""
    import torch

    from training.model.networks import build

    generator = torch.Generator().manual_seed(seed)
    model = build(TINY)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1 and weight.any():  # those that start at 0 do so on purpose
                weight.copy_(torch.randn(weight.shape, generator=generator))
                weight.div_(weight[0].numel() ** 0.5)
            elif weight.dim() == 1 and not (weight == 1).all():
                weight.zero_()
    return model
