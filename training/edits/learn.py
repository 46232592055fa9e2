"""`python -m training steps RUN`: learn for every face the step towards an attribute or away.

A face without the attribute, or with it, takes its step; both renderers draw it, or a blend of the
two; the judges of set "a" look at it through augmentations, the same before and after, and the step
is led down the gradient of losses.py through all of them. What judges would take and no face looks
like, a critic of codes finds out (critic.py), which learns at the same time. Set "b" then says what
was reached on validation codes: nothing is trained through it.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._pytree import tree_map
from tqdm import tqdm

from data import ATTRIBUTES
from data.shipped import PRETRAINED
from training.codes.partial_effects import PartialEffects
from training.compute.batches import to_device
from training.compute.device import bfloat16_helps, mixed_precision
from training.compute.randomness import Stream, seeded, within_steps
from training.compute.recording import recorded_on
from training.edits.config import EditConfig
from training.edits.critic import Critic, told_apart
from training.edits.examples import Blended, Example, Pool, draw_example
from training.edits.learned_steps import LearnedSteps
from training.edits.losses import (
    Opinions,
    how_far_apart,
    judged,
    others_changed,
    pixels_changed,
    row_weights,
)
from training.edits.step_network import StepNetwork
from training.edits.steps_file import load_steps, save_steps
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judges.augmentation import Change, contrasting, moving, tinting
from training.judges.files import SCORING, TRAINED_THROUGH, load_judges
from training.judges.networks import JudgeSet
from training.judges.places import SIZE
from training.judges.visible import visible
from training.optimization.adam import OF_OPPONENTS, Adam
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.run.checkpoint import load_checkpoint, save_checkpoint
from training.run.latents import Latents, load_latents
from training.run.run_folder import LATENTS, RunError, load_model
from training.run.sharp import has_sharp, load_sharp

CHECKPOINT = "steps.checkpoint.safetensors"
RIDGE_PLACE = 0.5  # on the curve of partial effects, of the directions that learning begins with
SHIFT, SCALE, TURN = 3.0, 0.05, 0.05  # of augmentations: pixels, logarithm, radians
SIZE_OF_STEP = 0.4  # weight of its mean square, in standard deviations of the codes
CONTEST = 256  # edits, and faces, that the critic sees in a step: codes cost little
CRITIC_WIDTH, CRITIC_RATE = 512, 1e-3
TOLD = ("loss", "judged", "others", "pixels", "realism")
CLIP = 1.0  # largest gradient norm
TOLD_EVERY = 25  # steps between looks at the losses
CHECK_EVERY = 100  # steps between checkpoints
FEWEST = 50  # training faces with an attribute, and without, that it takes
FACES = 60  # validation faces for each attribute and side that are judged in the end

Draws = Callable[[Tensor], Tensor]  # codes (B, D) -> pictures (B, 3, S, S) in [0, 1]


class Renderers(NamedTuple):
    """What draws codes: the mean of p(x|z), and the sharp renderer, or the mean again."""

    mean: Draws
    sharp: Draws

    def __call__(self, codes: Tensor, blend: Tensor | None) -> Tensor:
        """(B, D) -> (B, 3, S, S): `blend` () of the mean, the rest sharp."""
        y = self.sharp(codes).float()
        return y if blend is None else torch.lerp(y, self.mean(codes).float(), blend)


class Opponents(nn.Module):
    """The step network, and the critic that tells what it makes of codes."""

    def __init__(self, steps: StepNetwork):
        super().__init__()
        self.steps = steps
        self.critic = Critic(steps.center, steps.spread, len(ATTRIBUTES), CRITIC_WIDTH)

    def groups(self) -> list[dict[str, Any]]:
        """Of an optimizer: directions, what sees the face, the critic."""
        alone = [self.steps.directions]
        rest = [p for p in self.steps.parameters() if p is not alone[0] and p.requires_grad]
        critic = {"params": [*self.critic.parameters()], "betas": OF_OPPONENTS}
        return [{"params": alone}, {"params": rest}, critic]


class Losses:
    """The loss of steps on examples; everything in it but the opponents is frozen."""

    def __init__(
        self,
        draws: Renderers,
        judges: JudgeSet,
        classifier: nn.Module,
        labels: Tensor,
        size: int,
        config: EditConfig,
    ):
        """classifier: sees what judges see. labels: (N, 40) of 0 and 1 of the training pictures.
        size: of pictures, in pixels."""
        self._draws, self._judges, self._classifier = draws, judges, classifier
        self._config = config
        device = judges.scale.device
        self._apart, self._rows = how_far_apart(labels).to(device), row_weights(size).to(device)

    def __call__(
        self,
        opponents: Opponents,
        example: Example | Blended,
        columns: Tensor,
        chance: torch.Generator,
        bfloat16: bool = False,
    ) -> dict[str, Tensor]:
        """By name, each (); "loss" is what both opponents descend on, and "realism" in it what the
        critic fails to tell. columns: (V,) of the 40. chance: draws how judges see the pictures.
        Nothing waits for the device.
        """
        config, before, which, side = self._config, example.codes, example.which, example.side
        blend = example.blend if isinstance(example, Blended) else None
        step = opponents.steps(before, which, side)
        column, look = columns[which], _look(len(before), chance)
        with mixed_precision(before.device, bfloat16):
            with torch.no_grad():
                old = self._draws(before, blend)
                said_before = self._opinions(old, look)
            new = self._draws(before + step, blend)
            said = self._opinions(new, look)
        found = {
            "judged": judged(said.place, column, side),
            "others": others_changed(said, said_before, self._apart, column),
            "pixels": pixels_changed(new, old, self._rows[column]),
        }
        weighed = config.others * found["others"] + config.pixels * found["pixels"]
        size = (step / opponents.steps.spread).square().mean()
        contest = example.contest
        edited = contest.codes + opponents.steps(contest.codes, contest.which, contest.side)
        found["realism"] = told_apart(opponents.critic, edited, contest, config.realism)
        loss = found["judged"] + weighed + SIZE_OF_STEP * size + found["realism"]
        return found | {"loss": loss}

    def _opinions(self, pictures: Tensor, look: Change) -> Opinions:
        """Of pictures through augmentations."""
        seen = look(_for_judges(pictures))
        return Opinions(self._judges(seen), self._judges.whole(seen), self._classifier(seen))


def _look(count: int, chance: torch.Generator) -> Change:
    """Augmentations that B pictures for judges are seen through, the same each time."""
    shape = torch.Size((count, 3, SIZE, SIZE))
    move = moving(shape, chance, SHIFT, SCALE, TURN)
    tint, contrast = tinting(shape, chance), contrasting(shape, chance)
    return lambda x: contrast(tint(move(x)))


def _for_judges(pictures: Tensor) -> Tensor:
    """Of the size that judges see."""
    if pictures.shape[-1] == SIZE:
        return pictures
    return functional.interpolate(pictures, (SIZE, SIZE), mode="bilinear", antialias=True)


def learn_steps(
    run: Path,
    config: EditConfig,
    *,
    device: torch.device | None = None,
    resume: bool = False,
    add: bool = False,
    stop_after: int | None = None,
    folder: Path = PRETRAINED,
) -> dict[str, Any]:
    """Learn from the run's training codes; writes steps.safetensors and returns its figures.

    Attributes get steps that can be judged at this size, and that enough faces have and lack.
    add: only for attributes that have no steps yet; those of others stay to the bit, and so does
    what sees the face, which all share. resume: from the checkpoint of a training that was stopped.
    stop_after: optimizer steps in this call; the figures are empty then. folder: of the judges.
    Raises RunError for a run without training codes, DataError for missing judges, Diverged.
    """
    device = device or torch.device("cpu")
    latents = load_latents(run)
    faces = latents.take(latents.rows("train"))
    columns = [
        k
        for k, name in enumerate(ATTRIBUTES)
        if min((has := faces.labels[:, k]).sum(), (~has).sum()) >= FEWEST and visible(name, folder)
    ]
    before = load_steps(run) if add else None
    if add and before is None:
        raise RunError(f"learned steps in {run} to add to", "none", "start without --add")
    every = columns
    if before is not None:
        columns = [k for k in columns if ATTRIBUTES[k] not in before.row_of]
    if not columns:
        raise RunError(
            f"codes of training pictures in {run / LATENTS}, {FEWEST} with some attribute",
            f"{len(faces):,} of them",
            f"python -m training encode {run} --data DIR",
        )
    model, judges = load_model(run, device), load_judges(TRAINED_THROUGH, folder, device)
    sharp = load_sharp(run, device).network if has_sharp(run) else model.decode
    draws = Renderers(model.requires_grad_(False).decode, sharp)
    pool = Pool.of(faces, columns)
    torch.manual_seed(config.seed)
    directions = first_directions(faces, every)[[every.index(k) for k in columns]]
    center, spread = pool.codes.mean(0), pool.codes.std(0) + 1e-6
    hidden = len(before.weights["first.weight"]) if before else config.hidden
    network = StepNetwork(center, spread, directions, hidden).to(device)
    if before is not None:
        network.share({name: torch.from_numpy(v.copy()) for name, v in before.weights.items()})
    names = [ATTRIBUTES[k] for k in columns]
    about = json.dumps(
        asdict(config) | {"weights": latents.weights, "data": latents.data, "names": names}
    )
    opponents = Opponents(network).to(device)
    classifier = load_classifier(CLASSIFIER, device)
    losses = Losses(draws, judges, classifier, pool.labels, model.config.size, config)
    average = _fit(opponents, losses, pool, config, run / CHECKPOINT, about, resume, stop_after)
    if average is None:
        return {}
    held_out = latents.take(latents.rows("validation"))
    figures = asdict(config) | {"faces": len(faces), "data": latents.data}
    if len(held_out):
        second = load_judges(SCORING, folder, device)
        figures["reached"] = _reached(average, draws.sharp, second, Pool.of(held_out, columns))
    weights = {name: value.cpu().numpy() for name, value in average.state_dict().items()}
    kept, told = (names, figures) if before is None else _added(before, weights, names, figures)
    save_steps(run, weights, kept, latents.weights, told)
    (run / CHECKPOINT).unlink(missing_ok=True)
    return figures


def _added(
    before: LearnedSteps, weights: dict[str, np.ndarray], names: list[str], figures: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """Put the rows of those before in front of the new ones in `weights`: names and figures of all.

    How the new ones were made is told as "added", a list.
    """
    for name in StepNetwork.ROWS:
        weights[name] = np.concatenate([before.weights[name], weights[name]])
    made = {key: value for key, value in figures.items() if key != "reached"} | {"names": names}
    reached = before.figures.get("reached", {}) | figures.get("reached", {})
    added = [*before.figures.get("added", []), made]
    return [*before.attributes, *names], {**before.figures, "reached": reached, "added": added}


def first_directions(faces: Latents, columns: list[int]) -> Tensor:
    """(V, 2, D) where learning begins: partial effects, away and towards."""
    labels, codes = faces.labels[:, columns].astype(np.float64), faces.mean.astype(np.float64)
    a, z = labels - labels.mean(0), codes - codes.mean(0)
    moments = PartialEffects(a.T @ a / len(a), a.T @ z / len(a), z.T @ z / len(a))
    vectors = torch.from_numpy(moments.vectors(RIDGE_PLACE).copy())
    return torch.stack([-vectors, vectors], 1)


def _fit(
    opponents: Opponents,
    losses: Losses,
    pool: Pool,
    config: EditConfig,
    checkpoint: Path,
    about: str,
    resume: bool,
    stop_after: int | None,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> StepNetwork | None:
    """The averaged step network after all steps; None when it stopped before.

    recorded: as `recorded_on`. Raises Diverged.
    """
    average = copy.deepcopy(opponents).eval().requires_grad_(False)
    rates = [config.learning_rate, config.learning_rate / 4, CRITIC_RATE]
    optimizer = Adam(opponents.groups(), betas=(0.9, 0.98))
    first = load_checkpoint(checkpoint, opponents, average, optimizer, about) if resume else 0
    schedule = one_cycle(optimizer, rates, config.steps, first)
    last = config.steps if stop_after is None else min(config.steps, first + stop_after)
    device = opponents.steps.center.device
    again = torch.Generator()  # the same for all steps: those that are recorded ask it again
    chance = within_steps(device, again)
    loss = loss_of(opponents, losses, pool.columns, chance)
    descent = Descent(
        *(opponents, loss, optimizer, schedule, CLIP, average, config.ema), recorded=recorded
    )
    with tqdm(total=config.steps, initial=first, unit="step", dynamic_ncols=True) as bar:
        for step in range(first, last):
            generator = seeded(config.seed, Stream.STEP, step)
            example = draw_example(pool, config.batch, CONTEST, generator)
            chance.manual_seed(generator.initial_seed())
            descent.step(step, tree_map(lambda value: to_device(value, device), example))
            bar.update()
            done = step + 1
            saved = done % CHECK_EVERY == 0 or done == last
            if saved or done % TOLD_EVERY == 0:
                told = zip(TOLD, descent.told(done), strict=True)
                bar.set_postfix({name: f"{value:.3f}" for name, value in told}, refresh=False)
            if saved:
                save_checkpoint(checkpoint, opponents, average, optimizer, done, about)
    return average.steps if last == config.steps else None


def loss_of(
    opponents: Opponents, losses: Losses, columns: list[int], chance: torch.Generator
) -> Callable[[Example | Blended], tuple[Tensor, ...]]:
    """The losses of an example, in the order of TOLD."""
    device = opponents.steps.center.device
    which, mixed = torch.tensor(columns, device=device), bfloat16_helps(device)

    def loss(example: Example | Blended) -> tuple[Tensor, ...]:
        found = losses(opponents, example, which, chance, mixed)
        return tuple(found[name] for name in TOLD)

    return loss


@torch.inference_mode()
def _reached(
    network: StepNetwork, draws: Draws, judges: JudgeSet, pool: Pool
) -> dict[str, list[float | None]]:
    """Attribute -> share of validation faces that lack it, and that have it, after a whole step.

    By the judges of its place, on the sharp renderer's pictures as 8 bits; None without such faces.
    """
    found: dict[str, list[float | None]] = {}
    for which, column in enumerate(pool.columns):
        shares: list[float | None] = []
        for side, rows in enumerate(pool.rows[which]):
            codes = pool.codes[rows[:FACES]].to(network.center.device)
            if not len(codes):
                shares.append(None)
                continue
            asked = torch.full((len(codes),), which), torch.full((len(codes),), side)
            steps = network(codes, *(index.to(codes.device) for index in asked))
            seen = _for_judges((draws(codes + steps) * 255).round() / 255)
            said = judges(seen)[:, column]
            shares.append(round(((said > 0) == (side == 1)).float().mean().item(), 4))
        found[ATTRIBUTES[column]] = shares
    return found
