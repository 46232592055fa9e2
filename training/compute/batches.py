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

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: Tensor) -> Tensor:
        """(B,) int64 positions on the CPU -> (B, C, S, S) float32 in [0, 1], channels_last."""
        if self.resident is not None:
            part = self.resident[index.to(self.device)]
        else:
            # Sorted rows read a memory map forwards; the original order is restored afterwards.
            order = np.argsort(self.rows[index.numpy()])
            found = self.pictures[self.rows[index.numpy()][order]]
            part = torch.from_numpy(found[np.argsort(order)]).to(self.device)
        return part.permute(0, 3, 1, 2).float() / 255

    def in_order(self, batch: int) -> Iterator[Tensor]:
        """Every picture once, in order, `batch` at a time."""
        for index in torch.arange(len(self)).split(batch):
            yield self.batch(index)


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """(count,) int64: the order of the pictures in an epoch."""
    return torch.randperm(count, generator=seeded(seed, Stream.ORDER, epoch))


def batch_steps(
    count: int, batch: int, epochs: int, seed: int, first: int, last: int
) -> Iterator[tuple[int, Tensor]]:
    """Steps first..last-1 with the (batch,) positions of their pictures; whole batches only."""
    per_epoch = count // batch
    for epoch in range(first // per_epoch, epochs):
        order = epoch_order(count, seed, epoch)
        for position in range(per_epoch):
            step = epoch * per_epoch + position
            if first <= step < last:
                yield step, order[position * batch : (position + 1) * batch]


def flip_some(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each picture of (B, 3, S, S) left to right with probability one half."""
    return flip(x, torch.rand(len(x), generator=generator) < 0.5)


def flip(x: Tensor, mirrored: Tensor) -> Tensor:
    """Mirror those of (B, 3, S, S) pictures left to right for which (B,) bool says so."""
    return torch.where(mirrored.view(-1, 1, 1, 1).to(x.device), x.flip(3), x)
