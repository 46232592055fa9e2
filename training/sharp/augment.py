"""Augmentations that a discriminator sees pictures through, differentiable (Zhao et al. 2020).

DiffAugment: without them it learns few pictures by heart. What is drawn and what is real goes
through the same ones, so none of them can leak into what is drawn.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 8  # a picture is moved by at most its side divided by this
HOLE = 4  # a hole's side is the picture's side divided by this
HOLED = 0.5  # share of the pictures with a hole


class Augmentation(NamedTuple):
    """One for each of B pictures, (B, 1, 1, 1) but for `moved`.

    mirrored: bool, left to right. brightness: added, in [-0.2, 0.2]. saturation, contrast: factors,
    in [0.6, 1.4] and [0.75, 1.25]. moved: (B, 2) int64, down and right, counted from 0 for the most
    to the other side. row, column: int64, of the hole's middle. holed: bool, whether it is there.
    """

    mirrored: Tensor
    brightness: Tensor
    saturation: Tensor
    contrast: Tensor
    moved: Tensor
    row: Tensor
    column: Tensor
    holed: Tensor

    def to(self, device: torch.device) -> "Augmentation":
        """The same on a device."""
        return Augmentation(*(value.to(device) for value in self))


def draw_augmentation(count: int, size: int, generator: torch.Generator) -> Augmentation:
    """Of `count` pictures of side `size`; on the device that the generator draws on."""
    one, device = (count, 1, 1, 1), generator.device

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(one, generator=generator, device=device)

    def whole(below: int, shape: tuple[int, ...]) -> Tensor:
        return torch.randint(below, shape, generator=generator, device=device)

    return Augmentation(
        uniform(0, 1) < 0.5,
        uniform(-0.2, 0.2),
        uniform(0.6, 1.4),
        uniform(0.75, 1.25),
        whole(2 * (size // SHIFT) + 1, (count, 2)),
        whole(size, one),
        whole(size, one),
        uniform(0, 1) < HOLED,
    )


def augment(x: Tensor, how: Augmentation) -> Tensor:
    """Pictures (B, 3, S, S) around 0, each through its augmentation; same shape."""
    size, device = x.shape[-1], x.device
    x = torch.where(how.mirrored, x.flip(3), x) + how.brightness
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * how.saturation
    level = x.mean((1, 2, 3), keepdim=True)
    x = level + (x - level) * how.contrast
    margin, place = size // SHIFT, torch.arange(size, device=device)
    rows, columns = (how.moved[:, k, None] + place for k in (0, 1))
    pictures = torch.arange(len(x), device=device)[:, None, None]
    padded = functional.pad(x, (margin,) * 4, mode="reflect").permute(0, 2, 3, 1)
    x = padded[pictures, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    across = (place - how.row.view(-1, 1)).abs() < size // (2 * HOLE)
    along = (place - how.column.view(-1, 1)).abs() < size // (2 * HOLE)
    hole = across[:, None, :, None] & along[:, None, None, :] & how.holed
    return x.masked_fill(hole, 0.0)
