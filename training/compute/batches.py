"""Pictures as batches: one uint8 array on the device, float only one batch at a time."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from training.compute.randomness import Stream, seeded

SPARE_BYTES = 2 << 30  # bytes of a GPU's memory left to the network


class PictureBatches:
    """N pictures of a prepared folder, indexed in batches.

    pictures: (N, S, S, C) uint8, RGB or grey; rows: (n,) the rows used. The selected pictures are
    copied to the device when they fit (all of CelebA at 64x64 takes 2.5 GB), otherwise read batch
    by batch.

    asked_on: where positions had best be: on the device of resident pictures, else on the CPU.
    """

    def __init__(self, pictures: np.ndarray, rows: np.ndarray, device: torch.device):
        self.device = device
        self.resident: Tensor | None = None
        size = len(rows) * pictures[0].nbytes
        if device.type != "cuda" or size + SPARE_BYTES < torch.cuda.mem_get_info(device)[0]:
            self.resident = torch.empty(
                (len(rows), *pictures.shape[1:]), dtype=torch.uint8, device=device
            )
            for start in range(0, len(rows), 4096):
                part = torch.from_numpy(pictures[rows[start : start + 4096]])
                self.resident[start : start + 4096] = part
        self.pictures, self.rows = pictures, rows
        self.asked_on = device if self.resident is not None else torch.device("cpu")

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: Tensor) -> Tensor:
        """(B,) int64 positions -> (B, C, S, S) float32 in [0, 1], channels_last, on the device."""
        return as_values(self.bytes(index))

    def bytes(self, index: Tensor) -> Tensor:
        """(B,) int64 positions -> (B, S, S, C) uint8, on the device."""
        if self.resident is not None:
            return self.resident[to_device(index, self.device)]
        # Sorted rows read a memory map forwards; the original order is restored afterwards.
        rows = self.rows[index.cpu().numpy()]
        order = np.argsort(rows)
        found = torch.from_numpy(self.pictures[rows[order]][np.argsort(order)])
        return to_device(found, self.device)

    def in_order(self, batch: int) -> Iterator[Tensor]:
        """Every picture once, in order, `batch` at a time."""
        for start in range(0, len(self), batch):
            if self.resident is not None:
                yield as_values(self.resident[start : start + batch])
            else:
                yield self.batch(torch.arange(start, min(start + batch, len(self))))


def as_values(pictures: Tensor) -> Tensor:
    """(B, S, S, 3) uint8 -> (B, 3, S, S) float32 in [0, 1], channels_last."""
    return pictures.permute(0, 3, 1, 2).float() / 255


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """The values on the device; a GPU that is at work is not waited for."""
    if device.type != "cuda" or values.is_cuda:
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)


def epoch_order(count: int, seed: int, epoch: int, device: torch.device | str = "cpu") -> Tensor:
    """(count,) int64: the order of the pictures in an epoch, drawn on the device."""
    generator = seeded(seed, Stream.ORDER, epoch, device)
    return torch.randperm(count, generator=generator, device=device)


def batch_steps(
    count: int,
    batch: int,
    epochs: int,
    seed: int,
    first: int,
    last: int,
    device: torch.device | str = "cpu",
) -> Iterator[tuple[int, Tensor]]:
    """Steps first..last-1 with the (batch,) positions of their pictures; whole batches only.

    device: where the order is drawn; a GPU's is another than a CPU's.
    """
    per_epoch = count // batch
    for epoch in range(first // per_epoch, epochs):
        order = epoch_order(count, seed, epoch, device)
        for position in range(per_epoch):
            step = epoch * per_epoch + position
            if first <= step < last:
                yield step, order[position * batch : (position + 1) * batch]


def flip_some(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each picture of (B, 3, S, S) left to right with probability one half."""
    return flip(x, torch.rand(len(x), generator=generator, device=generator.device) < 0.5)


def flip(x: Tensor, mirrored: Tensor) -> Tensor:
    """Mirror those of (B, 3, S, S) pictures left to right for which (B,) bool says so."""
    return torch.where(mirrored.view(-1, 1, 1, 1).to(x.device), x.flip(3), x)
