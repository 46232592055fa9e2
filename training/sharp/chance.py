"""What is random in a step of training a sharp renderer."""

from typing import NamedTuple

import torch
from torch import Tensor

from training.sharp.augment import Augmentation, draw_augmentation
from training.sharp.config import KINDS, SharpConfig

PENALISED = 4  # every so many-th pair of a batch is given to a penalty


class Drawn(NamedTuple):
    """All that is random in a step on B pictures and n other codes, F = B + n.

    which: (B,) pictures. share: (B, 1) of the posterior's noise. noise: (B, D). others_noise:
    (3 n / 4, D), chance: (3 n / 4,), faces: (n / 2,) of B, see `OtherCodes.draw`. real: (n,) which
    pictures stand beside the other codes. seen: how drawings and pictures are seen, F of them;
    penalised: the same for the pairs that a penalty is taken of.
    """

    which: Tensor
    share: Tensor
    noise: Tensor
    others_noise: Tensor
    chance: Tensor
    faces: Tensor
    real: Tensor
    seen: Augmentation
    penalised: Augmentation


class Sizes(NamedTuple):
    """pictures: how many to draw from. latent: D. side: of pictures, in pixels."""

    pictures: int
    latent: int
    side: int


def draw_chance(
    config: SharpConfig, sizes: Sizes, generator: torch.Generator, device: torch.device
) -> Drawn:
    """All of a step's, drawn where the generator draws, on the device."""
    drawing, pairs = generator.device, config.batch + config.others
    batch, quarter = config.batch, config.others // KINDS

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=drawing).to(device)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=drawing).to(device)

    def which(below: int, number: int) -> Tensor:
        drawn = torch.randint(below, (number,), generator=generator, device=drawing)
        return drawn.to(device)

    def augmentation(number: int) -> Augmentation:
        return draw_augmentation(number, sizes.side, generator).to(device)

    return Drawn(
        which=which(sizes.pictures, batch),
        share=config.noise * uniform(batch, 1),
        noise=normal(batch, sizes.latent),
        others_noise=normal(3 * quarter, sizes.latent),
        chance=uniform(3 * quarter),
        faces=which(batch, 2 * quarter),
        real=which(sizes.pictures, config.others),
        seen=augmentation(pairs),
        penalised=augmentation(len(range(0, pairs, PENALISED))),
    )
