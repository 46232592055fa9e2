"""A small network that says how far a face is from CelebA's aligned frame.

    python -m training align --data data/celeba --out data/pretrained/alignment.safetensors

It learns without landmarks: an aligned picture is moved, scaled and turned at random, and the
network, which sees a window around the face, has to say by how much. It looks at a window smaller
than the frame, so that the picture's border does not tell.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from data.celeba import Celeba
from data.errors import DataError
from data.picture import BAD_PICTURE, FRAME, in_frame
from training.alignment.frame import (
    CENTER,
    ITERATIONS,
    LARGEST_OFFSETS,
    NETWORK,
    SIDE,
    WINDOW,
    damaged_aligner,
    read_aligner,
)
from training.alignment.similarity import Similarity
from training.compute.batches import epoch_order, flip_some
from training.compute.randomness import Stream, seeded
from training.model.networks import Encoder
from training.optimization.schedule import one_cycle
from training.run.files import write_json
from training.run.tensors import BAD_TENSORS, save_tensors

POINTS = np.array([69 + 111j, 108 + 111j, 88.5 + 152j]) - CENTER  # eyes and mouth from there
BATCH = 64  # pictures per step
LEARNING_RATE = 2e-3  # peak of the one-cycle schedule


def similarity(parameters: Tensor) -> Similarity:
    """(B, 4) dx and dy in pixels, log scale, angle in radians -> complex tensors (B, 1)."""
    dx, dy, log_scale, angle = parameters.double().split(1, dim=1)
    return Similarity(torch.polar(log_scale.exp(), angle), torch.complex(dx, dy))


def window_grid() -> np.ndarray:
    """(SIDE, SIDE) complex: the centres of the window's pixels, in frame pixels from CENTER."""
    steps = ((np.arange(SIDE) + 0.5) / SIDE - 0.5) * WINDOW
    return steps[None] + 1j * steps[:, None]


def windows(frames: Tensor, place: Similarity) -> Tensor:
    """What the network would see: (B, 3, SIDE, SIDE) float32.

    frames: (B, 3, H, W) float in [0, 1], the aligned frame at any resolution, mirrored at its
    border. place: (B, 1) from the window to the frame.
    """
    at = place(torch.from_numpy(window_grid()).flatten()) + CENTER  # (B, SIDE * SIDE)
    grid = torch.stack([2 * at.real / FRAME[0] - 1, 2 * at.imag / FRAME[1] - 1], -1)
    grid = grid.float().unflatten(1, (SIDE, SIDE))
    return functional.grid_sample(frames, grid, padding_mode="reflection", align_corners=False)


def point_error(found: Similarity, true: Similarity) -> Tensor:
    """(B,) mean distance in pixels between where both put the eyes and the mouth."""
    points = torch.from_numpy(POINTS)
    return (found(points) - true(points)).abs().mean(1)


def random_similarities(count: int, generator: torch.Generator) -> Similarity:
    """`count` transforms up to LARGEST_OFFSETS, small ones more often."""
    size = torch.rand(count, 1, generator=generator)
    sides = 2 * torch.rand(count, 4, generator=generator) - 1
    return similarity(size * sides * torch.tensor(LARGEST_OFFSETS))


def relight(x: Tensor, generator: torch.Generator) -> Tensor:
    """Other brightness, contrast and colour for each picture of (B, 3, H, W); some in grey."""
    gain = 1 + 0.4 * (torch.rand(len(x), 3, 1, 1, generator=generator) - 0.5)
    contrast = 0.6 + 0.8 * torch.rand(len(x), 1, 1, 1, generator=generator)
    grey = torch.rand(len(x), 1, 1, 1, generator=generator) < 0.2
    x = torch.where(grey, x.mean(1, keepdim=True), x * gain)
    return (0.5 + contrast * (x - 0.5)).clamp(0, 1)


class Aligner:
    """The trained network. Safe to call from many threads: nothing is written to it."""

    def __init__(self, network: nn.Module):
        self._network = network.eval().requires_grad_(False)

    def offset(self, x: Tensor) -> Similarity:
        """(B, 3, SIDE, SIDE) windows -> (B, 1): from the aligned face to the face in the window."""
        with torch.inference_mode():
            return similarity(parameters(self._network, x))

    def look(self, window: np.ndarray) -> Similarity:
        """The same of one window (SIDE, SIDE, 3) uint8 RGB, as Python numbers."""
        x = torch.from_numpy(np.ascontiguousarray(window)).permute(2, 0, 1)[None].float() / 255
        return Similarity(*(complex(part) for part in self.offset(x)))


def parameters(network: nn.Module, x: Tensor) -> Tensor:
    """The network's answer in its units: (B, 4). Its outputs are shares of LARGEST_OFFSETS."""
    return network(x) * torch.tensor(LARGEST_OFFSETS)


def load_aligner(path: Path) -> Aligner:
    """Read what `align` wrote. Raises DataError when it is missing or not this network's."""
    network = Encoder(NETWORK, 4)
    weights = {name: torch.from_numpy(values) for name, values in read_aligner(path).items()}
    try:
        network.load_state_dict(weights)
    except BAD_TENSORS as error:
        raise damaged_aligner(path, error) from error
    return Aligner(network)


def align(celeba: Celeba, out: Path, steps: int, seed: int = 0) -> dict[str, Any]:
    """Train on the training pictures, measure on validation ones; returns the figures.

    Writes the weights to `out` (safetensors) and the figures beside them (.json).
    Raises DataError for a partition without pictures.
    """
    train, held_out = (read_frames(celeba, name) for name in ("train", "validation"))
    torch.manual_seed(seed)
    network = Encoder(NETWORK, 4).to(memory_format=torch.channels_last)
    losses = fit(network, train, steps, seed)
    save_tensors(out, network.state_dict(), {})
    figures = {
        "steps": steps,
        "seed": seed,
        "train_pictures": len(train),
        "last_losses_px": round(float(np.mean(losses[-100:])), 3),
        **alignment_errors(Aligner(network), held_out),
    }
    write_json(out.with_suffix(".json"), figures)
    return figures


def fit(network: nn.Module, frames: Tensor, steps: int, seed: int) -> list[float]:
    """Train in place on (N, 3, H, W) uint8 frames; returns the loss of every step, in pixels."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    schedule = one_cycle(optimizer, LEARNING_RATE, steps)
    order, losses = torch.empty(0, dtype=torch.int64), []
    with tqdm(total=steps, unit="step", desc="align", dynamic_ncols=True) as bar:
        for step in range(steps):
            if len(order) < min(BATCH, len(frames)):
                order = torch.cat([order, epoch_order(len(frames), seed, step)])
            index, order = order[:BATCH], order[BATCH:]
            generator = seeded(seed, Stream.ALIGNMENT_STEP, step)
            x = flip_some(frames[index], generator).float() / 255
            true = random_similarities(len(x), generator)
            seen = relight(windows(x, true.inverse()), generator)
            found = similarity(parameters(network, seen))
            loss = point_error(found, true).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            bar.update()
            if step % 50 == 49:
                bar.set_postfix(error=f"{np.mean(losses[-50:]):.2f} px")
    return losses


def alignment_errors(aligner: Aligner, frames: Tensor, seed: int = 0) -> dict[str, Any]:
    """Errors after ITERATIONS, each frame of (N, 3, H, W) uint8 moved once at random.

    Pixels are those of the 178x218 frame; medians and 90th percentiles over the frames.
    """
    errors = []
    for batch, x in enumerate(frames.split(256)):
        x = x.float() / 255
        true = random_similarities(len(x), seeded(seed, Stream.ALIGNMENT_MEASURED, batch))
        found = similarity(torch.zeros(len(x), 4))
        for _ in range(ITERATIONS):
            found = found.after(aligner.offset(windows(x, true.inverse().after(found))))
        left = found.after(true.inverse())
        errors.append(
            torch.stack(
                [
                    point_error(found, true),
                    left.turn.abs().log().abs().squeeze(1) * 100,
                    left.turn.angle().abs().rad2deg().squeeze(1),
                ]
            )
        )
    measured = torch.cat(errors, 1).numpy()
    names = ("error_px", "scale_percent", "angle_degrees")
    return {"held_out_pictures": len(frames)} | {
        f"{name}_{label}": round(float(np.quantile(values, q)), 3)
        for name, values in zip(names, measured, strict=True)
        for label, q in (("median", 0.5), ("p90", 0.9))
    }


def read_frames(celeba: Celeba, partition: str) -> Tensor:
    """The aligned pictures of a partition in half the frame's size: (N, 3, 109, 89) uint8.

    Unreadable ones, and those of another aspect ratio, are left out.
    Raises DataError when there is none.
    """
    read, half = celeba.pictures.reader(), (FRAME[0] // 2, FRAME[1] // 2)
    frames = []
    names = celeba.table["id"][celeba.table["partition"] == partition]
    for name in tqdm(names, unit="picture", desc=f"read {partition}", dynamic_ncols=True):
        try:
            with Image.open(io.BytesIO(read(name))) as picture:
                frames.append(np.asarray(in_frame(picture, half)))
        except BAD_PICTURE:
            continue
    if not frames:
        raise DataError(
            f"pictures of the {partition} partition in {celeba.root}",
            f"none readable of {len(names):,}",
            "name a partition file that gives it some with --partition-file.",
        )
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).contiguous()
