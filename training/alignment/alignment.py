"""A small network that says how far a face is from CelebA's aligned frame.

    python -m training align --data data/celeba --out data/pretrained/alignment.safetensors

It learns without landmarks: an aligned picture is moved, scaled and turned at random, and the
network, which sees a window around the face, has to say by how much. It looks at a window smaller
than the frame, so that the picture's border does not tell.
"""

import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._pytree import tree_map
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
from training.compute.batches import epoch_order, flip, to_device
from training.compute.device import constant, drawing_device
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.model.networks import Encoder
from training.optimization.adam import Adam
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.run.files import write_json
from training.run.tensors import BAD_TENSORS, save_tensors

POINTS = np.array([69 + 111j, 108 + 111j, 88.5 + 152j]) - CENTER  # eyes and mouth from there
BATCH = 64  # pictures per step
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 0.01  # AdamW; peak of the one-cycle schedule
TOLD_EVERY = 50  # steps between looks at the loss


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
    at = place(_on(frames.device).window) + CENTER  # (B, SIDE * SIDE)
    grid = torch.stack([2 * at.real / FRAME[0] - 1, 2 * at.imag / FRAME[1] - 1], -1)
    grid = grid.float().unflatten(1, (SIDE, SIDE))
    return functional.grid_sample(frames, grid, padding_mode="reflection", align_corners=False)


def point_error(found: Similarity, true: Similarity) -> Tensor:
    """(B,) mean distance in pixels between where both put the eyes and the mouth."""
    points = _on(true.turn.device).points
    return (found(points) - true(points)).abs().mean(1)


class Places(NamedTuple):
    """On a device: window (SIDE * SIDE,), the centres of the window's pixels, and POINTS (3,)."""

    window: Tensor
    points: Tensor


@functools.cache
def _on(device: torch.device) -> Places:
    """Once for each device: copying them to a GPU makes a step wait for it."""
    with torch.inference_mode(False):
        window, points = torch.from_numpy(window_grid()), torch.from_numpy(POINTS)
        return Places(window.flatten().to(device), points.to(device))


def random_similarities(count: int, generator: torch.Generator) -> Similarity:
    """`count` transforms up to LARGEST_OFFSETS, small ones more often; where it draws."""
    device = generator.device
    size = torch.rand(count, 1, generator=generator, device=device)
    sides = 2 * torch.rand(count, 4, generator=generator, device=device) - 1
    return similarity(size * sides * constant(LARGEST_OFFSETS, device))


class Light(NamedTuple):
    """Of B pictures. gain: (B, 3, 1, 1) factors of the colours. contrast: (B, 1, 1, 1) factor.
    grey: (B, 1, 1, 1) bool, which of them lose their colours instead.
    """

    gain: Tensor
    contrast: Tensor
    grey: Tensor


def draw_light(count: int, generator: torch.Generator) -> Light:
    """Of `count` pictures; where the generator draws."""

    def uniform(channels: int) -> Tensor:
        shape = count, channels, 1, 1
        return torch.rand(shape, generator=generator, device=generator.device)

    return Light(1 + 0.4 * (uniform(3) - 0.5), 0.6 + 0.8 * uniform(1), uniform(1) < 0.2)


def relight(x: Tensor, light: Light) -> Tensor:
    """Other brightness, contrast and colour for each picture of (B, 3, H, W); some in grey."""
    x = torch.where(light.grey, x.mean(1, keepdim=True), x * light.gain)
    return (0.5 + light.contrast * (x - 0.5)).clamp(0, 1)


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
    return network(x) * constant(LARGEST_OFFSETS, x.device)


def load_aligner(path: Path) -> Aligner:
    """Read what `align` wrote. Raises DataError when it is missing or not this network's."""
    network = Encoder(NETWORK, 4)
    weights = {name: torch.from_numpy(values) for name, values in read_aligner(path).items()}
    try:
        network.load_state_dict(weights)
    except BAD_TENSORS as error:
        raise damaged_aligner(path, error) from error
    return Aligner(network)


def align(
    celeba: Celeba, out: Path, steps: int, seed: int = 0, device: torch.device | None = None
) -> dict[str, Any]:
    """Train on the training pictures, measure on validation ones; returns the figures.

    Writes the weights to `out` (safetensors) and the figures beside them (.json). device: to train
    on, a GPU; otherwise the CPU, since others lack complex numbers in double precision.
    Raises DataError for a partition without pictures.
    """
    train, held_out = (read_frames(celeba, name) for name in ("train", "validation"))
    torch.manual_seed(seed)
    device = device if device is not None and device.type == "cuda" else torch.device("cpu")
    network = Encoder(NETWORK, 4).to(device).to(memory_format=torch.channels_last)
    losses = fit(network, train, steps, seed)
    network.cpu()
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


class Given(NamedTuple):
    """What differs from step to step, on the device.

    frames: (B, 3, H, W) uint8. mirrored: (B,) bool, which of them are. true: (B, 1), from the
    aligned face to the face in the window. light: what they are seen in.
    """

    frames: Tensor
    mirrored: Tensor
    true: Similarity
    light: Light


def fit(
    network: nn.Module,
    frames: Tensor,
    steps: int,
    seed: int,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> list[float]:
    """Train in place on (N, 3, H, W) uint8 frames; returns the loss of every step, in pixels.

    The network is where it is to be trained. recorded: as `recorded_on`. Raises Diverged.
    """
    device = next(network.parameters()).device
    optimizer = Adam(network.parameters(), LEARNING_RATE, WEIGHT_DECAY)
    schedule = one_cycle(optimizer, LEARNING_RATE, steps)
    descent = Descent(network, loss_of(network), optimizer, schedule, recorded=recorded)
    order = torch.empty(0, dtype=torch.int64)
    losses = torch.empty(steps, dtype=torch.float64, device=device)
    with tqdm(total=steps, unit="step", desc="align", dynamic_ncols=True) as bar:
        for step in range(steps):
            if len(order) < min(BATCH, len(frames)):
                order = torch.cat([order, epoch_order(len(frames), seed, step)])
            index, order = order[:BATCH], order[BATCH:]
            losses[step] = descent.step(step, given(frames[index], seed, step, device))[0]
            bar.update()
            if (step + 1) % TOLD_EVERY == 0 or step + 1 == steps:
                (error,) = descent.told(step + 1)
                bar.set_postfix(error=f"{error:.2f} px")
    return losses.tolist()


def given(frames: Tensor, seed: int, step: int, device: torch.device) -> Given:
    """What a step on (B, 3, H, W) frames is given."""
    drawing = drawing_device(device)
    generator = seeded(seed, Stream.ALIGNMENT_STEP, step, drawing)
    mirrored = torch.rand(len(frames), generator=generator, device=drawing) < 0.5
    true = random_similarities(len(frames), generator)
    light = draw_light(len(frames), generator)
    given = Given(to_device(frames, device), mirrored, true, light)
    return tree_map(lambda value: value.to(device), given)


def loss_of(network: nn.Module) -> Callable[[Given], tuple[Tensor, ...]]:
    """The loss () of what a step is given, in pixels."""

    def loss(given: Given) -> tuple[Tensor, ...]:
        x = flip(given.frames, given.mirrored).float() / 255
        seen = relight(windows(x, given.true.inverse()), given.light)
        found = similarity(parameters(network, seen))
        return (point_error(found, given.true).mean(),)

    return loss


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
