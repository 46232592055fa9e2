"""Training one network of a set, and the recipe by which each set learns."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from data import ATTRIBUTES
from training.compute.batches import as_values, to_device
from training.compute.device import bfloat16_helps, mixed_precision
from training.compute.randomness import Stream, seed_of, within_steps
from training.compute.recording import recorded_on
from training.judges.augmentation import (
    LARGE,
    SHAPES,
    SMALL,
    Strip,
    blurred,
    coarse,
    composites,
    contrasted,
    moved,
    patches,
    tinted,
)
from training.judges.networks import JudgesConfig, PlaceJudge
from training.judges.places import HAIR, SIZE, WHOLE
from training.judges.weighting import judge_weights
from training.optimization.adam import Adam
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.run.checkpoint import load_checkpoint, save_checkpoint

STEPS, WHOLE_STEPS = 2000, 1000  # of a band, of whole faces
# Of those of a band, where most of what is there is hardly visible and more steps gain little.
FEWER = {"cheeks": 0.3, "sides": 0.3}
BATCH = 128  # pictures per step
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 0.05  # AdamW; peak of the one-cycle schedule
EMA = 0.995  # decay per step of the averaged weights, which are what is kept
CLIP = 5.0  # largest gradient norm
TOLD_EVERY = 50  # steps between looks at the loss
SAVE_EVERY = 200  # steps between checkpoints
HIDDEN = 0.02  # how much a face with an attribute counts behind a large patch
MARGIN = 4  # pixels around a place that come into it when a picture is moved
WHOLE_FACE = Strip(0, SIZE)


@dataclass(frozen=True)
class Recipe:
    """What tells one set from the other, besides chance.

    half: 0 or 1, which people's pictures it learns from. shape: of composites and patches.
    """

    config: JudgesConfig
    seed: int
    half: int
    shape: str

    def augment(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Pictures (B, 3, H, S) in [0, 1], changed in ways that leave their labels as they are."""
        if self.half == 0:
            return tinted(blurred(moved(x, generator, 2.5, 0.05, 0.05), generator), generator)
        return contrasted(coarse(moved(x, generator, 2.0, 0.08, 0.10), generator), generator)


RECIPES = {
    "a": Recipe(
        JudgesConfig("plain", widths=(24, 40, 64), whole_widths=(24, 48, 96, 128)), 1, 0, "oval"
    ),
    "b": Recipe(JudgesConfig("residual"), 2, 1, "box"),
}


Learner = TypeVar("Learner", bound=nn.Module)


class Pictures:
    """Some rows of a prepared folder, read where they are asked for: batches on a device."""

    def __init__(self, pictures: np.ndarray, rows: np.ndarray, device: torch.device):
        self.pictures, self.rows, self.device = pictures, rows, device

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: Tensor, strip: Strip = WHOLE_FACE) -> Tensor:
        """(B,) int64 -> (B, 3, H, S) float32 in [0, 1]: those rows of the pictures."""
        return as_values(self.bytes(index, strip))

    def bytes(self, index: Tensor, strip: Strip = WHOLE_FACE) -> Tensor:
        """(B,) int64 -> (B, H, S, 3) uint8, on the device."""
        rows = slice(strip.top, strip.top + strip.height)
        return to_device(
            torch.from_numpy(self.pictures[self.rows[index.numpy()], rows]), self.device
        )


class Given(NamedTuple):
    """What differs from step to step, of B pictures, on the device.

    pictures: (B, H, S, 3) uint8. truth: (B, K) float32, 1 with an attribute of the place. counts:
    (B, K) float32, how much each counts.
    """

    pictures: Tensor
    truth: Tensor
    counts: Tensor


def half_of_people(identity: np.ndarray, half: int) -> np.ndarray:
    """Which pictures are of the people of that half: (N,) bool.

    identity: (N,), -1 where it is not known; such pictures are shared out by their place.
    """
    key = np.where(identity < 0, np.arange(len(identity)), identity)
    return key % 2 == half


def learn_place(
    network: PlaceJudge,
    recipe: Recipe,
    pictures: Pictures,
    labels: np.ndarray,
    steps: int,
    checkpoint: Path,
    resume: bool = False,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> PlaceJudge:
    """Train the judge of one place on pictures and their labels (N, 40) bool: the averaged one.

    recorded: as `recorded_on`.
    """
    given, loss = task(network, recipe, pictures, labels)
    return learn(
        *(network, given, loss, len(pictures), steps, recipe.seed, checkpoint, network.place.name),
        resume=resume,
        recorded=recorded,
    )


def task(
    network: PlaceJudge, recipe: Recipe, pictures: Pictures, labels: np.ndarray
) -> tuple[Callable[[Tensor], Given], Callable[[Given, torch.Generator], Tensor]]:
    """What a step on (B,) positions is given, and the loss () of that and chance."""
    place, mixed = network.place, bfloat16_helps(pictures.device)
    weights = torch.from_numpy(judge_weights(labels, place.attributes))
    wanted = torch.from_numpy(labels[:, place.columns].astype(np.float32))
    shape, large = SHAPES[recipe.shape], place.name == HAIR

    top, bottom = place.rows
    above, below = min(MARGIN, top), min(MARGIN, SIZE - bottom)
    strip = Strip(top - above, above + bottom - top + below)

    def given(index: Tensor) -> Given:
        truth, counts = (to_device(of[index], pictures.device) for of in (wanted, weights))
        return Given(pictures.bytes(index, strip), truth, counts)

    def loss(given: Given, generator: torch.Generator) -> Tensor:
        x, truth, counts = as_values(given.pictures), given.truth, given.counts
        if place.name != WHOLE and not place.hole:
            x, donors = composites(x, strip, place.rows, shape, generator)
            truth, counts = truth[donors], counts[donors]
        x, hidden = patches(x, strip, shape, generator, LARGE if large else SMALL)
        x = recipe.augment(x, generator)
        x = x[:, :, above : above + bottom - top].contiguous(memory_format=torch.channels_last)
        with mixed_precision(x.device, mixed):
            found = network.of_cut(x)
        if large:  # it may hide the attribute itself: then the patch alone must not be believed
            counts = torch.where(hidden[:, None] & (truth > 0), HIDDEN * counts, counts)
        return functional.binary_cross_entropy_with_logits(
            found, truth, counts, reduction="none"
        ).mean()

    return given, loss


def learn(
    network: Learner,
    given: Callable[[Tensor], Any],
    loss: Callable[[Any, torch.Generator], Tensor],
    count: int,
    steps: int,
    seed: int,
    checkpoint: Path,
    about: str,
    resume: bool = False,
    save_every: int = SAVE_EVERY,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> Learner:
    """Descend so many steps on the loss of (B,) positions among `count`: the averaged network.

    given: makes of the positions, on the CPU, a named tuple of tensors on the device, of which and
    of chance the loss is () on it. recorded: as `recorded_on`.
    A step's positions and chance depend on seed and step alone, so that a resumed training repeats
    what it would have done. The checkpoint stays until the caller removes it. about: what it must
    be of. Raises RunError for a checkpoint of something else, Diverged for a loss that is not
    finite.
    """
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimizer = Adam(network.parameters(), LEARNING_RATE, WEIGHT_DECAY)
    about = f"{about}, {steps} steps, seed {seed}"
    begun = resume and checkpoint.is_file()
    first = load_checkpoint(checkpoint, network, average, optimizer, about) if begun else 0
    schedule = one_cycle(optimizer, LEARNING_RATE, steps, first)
    generator = torch.Generator()  # the same for all steps: those that are recorded ask it again
    chance = within_steps(next(network.parameters()).device, generator)
    descent = Descent(
        *(network, lambda own: (loss(own, chance),), optimizer, schedule, CLIP, average, EMA),
        recorded=recorded,
    )
    network.train()
    with tqdm(
        total=steps, initial=first, unit="step", desc=about.split(",")[0], mininterval=10
    ) as bar:
        for step in range(first, steps):
            number = seed_of(seed, Stream.STEP, step)
            generator.manual_seed(number)
            torch.manual_seed(number)  # dropout asks the global generator
            index = torch.randint(count, (min(BATCH, count),), generator=generator)
            descent.step(step, given(index))
            bar.update()
            done = step + 1
            saved = done == steps or done % save_every == 0
            if saved or done % TOLD_EVERY == 0:
                (told,) = descent.told(done)
                bar.set_postfix(loss=f"{told:.4f}", refresh=False)
            if saved:
                save_checkpoint(checkpoint, network, average, optimizer, done, about)
    return average


@torch.inference_mode()
def in_order(network: Callable[[Tensor], Tensor], pictures: Pictures) -> np.ndarray:
    """(N, K) float32: what a network says of all pictures, in float32."""
    parts = torch.arange(len(pictures)).split(4 * BATCH)
    return np.concatenate([network(pictures.batch(part)).cpu().numpy() for part in parts])


def label_table(table: pd.DataFrame) -> np.ndarray:
    """(N, 40) bool of a prepared folder's table."""
    return table[list(ATTRIBUTES)].to_numpy(bool)
