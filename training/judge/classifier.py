"""Training the small network that says which of CelebA's 40 attributes a picture of a face has.

    python -m training classify --data data/prepared/celeba64 --out runs/attributes.safetensors

It judges what a decoder draws, and decoded faces are softer than photographs. So it learns from
pictures and from their reconstructions by a trained model alike, and its scores are calibrated on
reconstructions of pictures it never saw (Platt 1999, training/judge/attribute_scores.py). It never
sees a code.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from data import ATTRIBUTES
from data.prepared import Prepared
from training.codes.encode import check_size
from training.compute.batches import PictureBatches, as_values, batch_steps, flip, to_device
from training.compute.device import bfloat16_helps, constant, drawing_device, mixed_precision
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.judge.attribute_network import AttributeNetwork, ClassifierConfig, save_classifier
from training.judge.attribute_scores import balance, calibrate, classifier_figures
from training.model.networks import Autoencoder
from training.optimization.adam import Adam
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.run.checkpoint import load_checkpoint, save_checkpoint
from training.run.files import write_json
from training.run.run_folder import load_model, weights_key

BATCH = 64  # pictures per step
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 0.05  # AdamW; peak of the one-cycle schedule
EMA = 0.998  # decay per step of the averaged weights, which are what is kept
CLIP = 5.0  # largest gradient norm
TOLD_EVERY = 50  # steps between looks at the loss
SAVE_EVERY = 10 * TOLD_EVERY  # steps between checkpoints
LARGEST_MOVES = (0.08, 0.08, 0.08, 0.10)  # shares of the half side, twice; log scale; radians


def classify(
    prepared: Prepared,
    run: Path,
    out: Path,
    config: ClassifierConfig,
    *,
    epochs: int,
    seed: int = 0,
    device: torch.device,
    resume: bool = False,
    stop_after: int | None = None,
) -> dict[str, Any]:
    """Train on the training pictures and their reconstructions by the model in `run`.

    Writes the weights to `out` (safetensors, float16) and the figures beside them (.json), which
    it returns; in between a checkpoint, from which `resume` continues.
    stop_after: steps in this call (for a test of resuming); the figures are then empty.
    Raises ConfigError for pictures of another size than the model's, DataError and RunError for
    missing ones, Diverged on a loss that is not finite.
    """
    model = load_model(run, device)
    check_size(model, prepared)
    train, held_out = prepared.rows("train"), prepared.rows("validation")
    labels = torch.from_numpy(prepared.table[list(ATTRIBUTES)].to_numpy(np.float32))
    real = PictureBatches(prepared.pictures, train, device)
    soft = reconstructed(model, real)
    about = {
        "network": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(config).items()},
        "epochs": epochs,
        "seed": seed,
        "data": prepared.fingerprint,
        "weights": weights_key(run),
    }
    torch.manual_seed(seed)
    network = AttributeNetwork(config).to(device).to(memory_format=torch.channels_last)
    checkpoint = out.with_suffix(".checkpoint.safetensors")
    average = fit(
        network,
        (real, soft),
        labels[train],
        epochs,
        seed,
        checkpoint,
        json.dumps(about),
        resume,
        stop_after,
    )
    if average is None:
        return {}
    seen = PictureBatches(prepared.pictures, held_out, device)
    seen_soft = reconstructed(model, seen)
    truth = labels[held_out].numpy() > 0
    before = classifier_figures(logits(average, seen), logits(average, seen_soft), truth)
    both = torch.cat([embeddings(average, pictures) for pictures in (real, soft)])
    balance(average, both, labels[train].repeat(2, 1))
    average.half().float()  # what the file will hold
    calibrate(average, logits(average, seen_soft), truth)
    figures = about | {
        "train_pictures": len(train),
        "held_out_pictures": len(held_out),
        "parameters": sum(p.numel() for p in average.parameters()),
        "mean_auc_before_balancing": {name: before[name]["mean_auc"] for name in before},
        **classifier_figures(logits(average, seen), logits(average, seen_soft), truth),
    }
    save_classifier(out, average)
    write_json(out.with_suffix(".json"), figures)
    checkpoint.unlink(missing_ok=True)
    return figures


class Change(NamedTuple):
    """How each of B pictures is changed a little.

    mirrored: (B,) bool. place: (B, 2, 3) of `affine_grid`. blur: (B, 1, 1, 1) share of what is
    blurred. tint: (B, 3, 1, 1) factor.
    """

    mirrored: Tensor
    place: Tensor
    blur: Tensor
    tint: Tensor

    def to(self, device: torch.device) -> "Change":
        """The same on a device."""
        return Change(*(value.to(device) for value in self))


class Given(NamedTuple):
    """What differs from step to step, of B pictures, all on the device.

    pictures, drawn: (B, S, S, 3) uint8, real and reconstructed. soft: (B,) bool, of which the
    latter are taken. change: as they are seen. labels: (B, 40) float.
    """

    pictures: Tensor
    drawn: Tensor
    soft: Tensor
    change: Change
    labels: Tensor


def fit(
    network: AttributeNetwork,
    pictures: tuple[PictureBatches, PictureBatches],
    labels: Tensor,
    epochs: int,
    seed: int,
    checkpoint: Path,
    about: str,
    resume: bool = False,
    stop_after: int | None = None,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> AttributeNetwork | None:
    """Train on real and reconstructed pictures, one of the two each time: the averaged network.

    labels: (N, 40) float, 1 with the attribute. about: what the checkpoint must be of. recorded: as
    `recorded_on`. None when it stopped early, after `stop_after` steps. Raises Diverged.
    """
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimizer = Adam(network.parameters(), LEARNING_RATE, WEIGHT_DECAY)
    batch = min(BATCH, len(labels))
    steps = epochs * (len(labels) // batch)
    first = 0
    if resume:
        first = load_checkpoint(checkpoint, network, average, optimizer, about)
    else:  # at once: from now on there is something to resume
        save_checkpoint(checkpoint, network, average, optimizer, 0, about)
    schedule = one_cycle(optimizer, LEARNING_RATE, steps, first)
    last = steps if stop_after is None else min(steps, first + stop_after)
    drawn_on = drawing_device(pictures[0].asked_on)
    labels = labels.to(drawn_on)
    loss = loss_of(network, pictures[0].device)
    descent = Descent(network, loss, optimizer, schedule, CLIP, average, EMA, recorded)
    network.train()
    with tqdm(total=steps, initial=first, unit="step", dynamic_ncols=True, mininterval=5) as bar:
        for step, index in batch_steps(len(labels), batch, epochs, seed, first, last, drawn_on):
            descent.step(step, given(pictures, labels, index, seed, step))
            bar.update()
            done = step + 1
            if done == last or done % TOLD_EVERY == 0:
                (told,) = descent.told(done)
                bar.set_postfix(loss=f"{told:.4f}", refresh=False)
            if done == last or done % SAVE_EVERY == 0:
                save_checkpoint(checkpoint, network, average, optimizer, done, about)
    return average if last == steps else None


def given(
    pictures: tuple[PictureBatches, PictureBatches],
    labels: Tensor,
    index: Tensor,
    seed: int,
    step: int,
) -> Given:
    """What a step on the pictures at `index` (B,) is given; seeds the global generator, which
    dropout asks."""
    device = pictures[0].device
    drawing = drawing_device(device)
    generator = seeded(seed, Stream.STEP, step, drawing)
    torch.manual_seed(generator.initial_seed())
    soft = torch.rand(len(index), generator=generator, device=drawing) < 0.5
    return Given(
        pictures[0].bytes(index),
        pictures[1].bytes(index),
        soft.to(device),
        draw_change(len(index), generator).to(device),
        to_device(labels[index], device),
    )


def loss_of(
    network: AttributeNetwork, device: torch.device
) -> Callable[[Given], tuple[Tensor, ...]]:
    """The loss () of what a step is given."""
    mixed = bfloat16_helps(device)

    def loss(given: Given) -> tuple[Tensor, ...]:
        soft = given.soft.view(-1, 1, 1, 1)
        x = torch.where(soft, as_values(given.drawn), as_values(given.pictures))
        x = augment(x, given.change).contiguous(memory_format=torch.channels_last)
        with mixed_precision(device, mixed):
            found = network(x)
        return (functional.binary_cross_entropy_with_logits(found, given.labels),)

    return loss


def draw_change(count: int, generator: torch.Generator) -> Change:
    """Of `count` pictures; on the device that the generator draws on."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator, device=generator.device)

    mirrored = uniform() < 0.5
    size = uniform(1)
    sides = 2 * uniform(4) - 1
    most = constant(LARGEST_MOVES, generator.device)
    dx, dy, log_scale, angle = (size * sides * most).unbind(1)
    cos, sin = log_scale.exp() * angle.cos(), log_scale.exp() * angle.sin()
    place = torch.stack([cos, -sin, dx, sin, cos, dy], 1).view(-1, 2, 3)
    blur = (2 * uniform(1, 1, 1) - 1).clamp(min=0)
    return Change(mirrored, place, blur, 1 + 0.12 * (uniform(3, 1, 1) - 0.5))


def augment(x: Tensor, change: Change) -> Tensor:
    """Mirror, move, blur and tint each picture of (B, 3, S, S) in [0, 1] a little."""
    x = flip(x, change.mirrored)
    grid = functional.affine_grid(change.place, list(x.shape), align_corners=False)
    x = functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    blurred = functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), "reflect"), 3, 1)
    return (torch.lerp(x, blurred, change.blur) * change.tint).clamp(0, 1)


@torch.inference_mode()
def reconstructed(model: Autoencoder, pictures: PictureBatches) -> PictureBatches:
    """What a model makes of pictures: decoded from the means of their posteriors."""
    found = np.empty((len(pictures), *pictures.pictures.shape[1:]), np.uint8)
    mixed, start = bfloat16_helps(pictures.device), 0
    with tqdm(total=len(found), unit="picture", desc="reconstruct", mininterval=5) as bar:
        for x in pictures.in_order(4 * BATCH):
            with mixed_precision(pictures.device, mixed):
                y = model.decode(model.posterior(x).mean)
            y = (y * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
            found[start : start + len(x)] = y.cpu().numpy()
            start += len(x)
            bar.update(len(x))
    return PictureBatches(found, np.arange(len(found)), pictures.device)


@torch.inference_mode()
def logits(network: AttributeNetwork, pictures: PictureBatches) -> np.ndarray:
    """(N, 40) float32 calibrated logits of all pictures, computed in float32."""
    return np.concatenate([network(x).cpu().numpy() for x in pictures.in_order(4 * BATCH)])


@torch.inference_mode()
def embeddings(network: AttributeNetwork, pictures: PictureBatches) -> Tensor:
    """(N, F) float32 features of all pictures, on their device."""
    return torch.cat([network.features(x) for x in pictures.in_order(4 * BATCH)])
