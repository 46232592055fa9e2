"""One step of training: the objective as a module, the schedule, and what follows the weights.

What differs from step to step is made before a step (`Given`): pictures, noise, and a few numbers.
The step itself (`Trainer.plain_step`) is made of tensors on the device and waits for none of them,
so that a GPU repeats it as one recorded graph (training/compute/recording.py).
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from training.compute.batches import PictureBatches, as_values, flip, to_device
from training.compute.device import (
    bfloat16_helps,
    drawing_device,
    mixed_precision,
    repeatable,
    training_order,
)
from training.compute.processes import Processes
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.judge.perceptual import PerceptualDistance
from training.model.config import ModelConfig, TrainingConfig
from training.model.growth import grow_from
from training.model.likelihoods import SHARED, Gaussian, Laplace, alone, at_best_scale
from training.model.networks import VAE, Autoencoder, build
from training.model.objectives import Parts, autoencoder_objective, vae_objective
from training.model.posterior import reparameterize
from training.optimization.averaging import error_weights, follow, running_error, share_after
from training.optimization.muon import Muon
from training.optimization.schedule import one_cycle
from training.run.checkpoint import load_checkpoint, save_checkpoint


def objective(
    model: Autoencoder,
    x: Tensor,
    noise: Tensor,
    beta: float | Tensor = 1.0,
    free_bits: float = 0.0,
    mean_over: Callable[[Tensor], Tensor] = alone,
    perceptual: float = 0.0,
    distance: nn.Module | None = None,
) -> Parts:
    """One reparameterized pass of pictures (B, 3, S, S), noise (B, D), through a model.

    mean_over: averages over processes. perceptual: weight of `distance` in the loss, in nats per
    unit (training/judge/perceptual.py).
    """
    posterior = model.posterior(x)
    p = model.output(reparameterize(posterior, noise))
    if isinstance(p, Gaussian | Laplace) and model.config.likelihood in SHARED:
        p = at_best_scale(model.config.likelihood, x, p, mean_over)
    if isinstance(model, VAE):
        parts = vae_objective(x, p, posterior, beta, free_bits, mean_over)
    else:
        parts = autoencoder_objective(x, p)
    if distance is None:
        return parts
    return parts._replace(loss=parts.loss + perceptual * distance(x, p.mean))


class Step(nn.Module):
    """The objective as a module, so that several processes average its gradients."""

    def __init__(self, model: Autoencoder, training: TrainingConfig, processes: Processes):
        super().__init__()
        self.model, self.training_config = model, training
        self.mean_over, self.distance = processes.mean, None
        if training.perceptual:
            self.distance = PerceptualDistance(device=processes.device)

    def forward(self, x: Tensor, noise: Tensor, beta: float | Tensor) -> Parts:
        options = self.training_config
        return objective(
            self.model,
            x,
            noise,
            beta,
            options.free_bits,
            self.mean_over,
            options.perceptual,
            self.distance,
        )


class Given(NamedTuple):
    """What differs from step to step, of B pictures, all on the device.

    pictures: (B, S, S, 3) uint8. mirrored: (B,) bool, which of them are. noise: (B, D). beta: (),
    the weight of the rate. number: () float32, steps that are done.
    """

    pictures: Tensor
    mirrored: Tensor
    noise: Tensor
    beta: Tensor
    share: Tensor
    weights: Tensor


class Trainer:
    """A model in training, one step at a time: weights, their average, optimizer and schedule.

    average: the averaged weights, which are what is kept.
    """

    def __init__(
        self,
        pictures: PictureBatches,
        model: ModelConfig,
        training: TrainingConfig,
        steps: int,
        processes: Processes,
        mirror: bool = True,
        recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
        compiled: bool = False,
    ):
        """steps: of the whole run, over which the schedule spans. mirror: whether half of the
        pictures are mirrored. recorded: makes of the plain step what is called for each, as
        `recorded_on` does; several processes take the plain one. compiled: by torch.compile, which
        takes a minute or two.
        """
        self._pictures, self._training, self._steps = pictures, training, steps
        self._processes, self._values = processes, model.values
        self._mirrored = 0.5 if mirror else 0.0  # share
        torch.manual_seed(training.seed)
        self._order = training_order(processes.device)
        self._model = build(model).to(processes.device).to(memory_format=self._order).train()
        self.average = copy.deepcopy(self._model).eval().requires_grad_(False)
        rate = torch.tensor(training.learning_rate, device=processes.device)
        self._optimizer = Muon(self._model.parameters(), rate, training.weight_decay)
        self._schedule = one_cycle(self._optimizer, training.learning_rate, steps)
        whole = processes.wrap(Step(self._model, training, processes))
        self._compute: Callable[..., Parts] = (
            torch.compile(whole, dynamic=False) if compiled else whole
        )
        self._mixed = bfloat16_helps(processes.device)
        alone = processes.count == 1
        self._step = recorded(processes.device, self.plain_step) if alone else self.plain_step

    def step(self, step: int, index: Tensor, beta: float) -> tuple[Parts, Tensor]:
        """Step number `step` on the pictures at `index` (B,): this process's parts, gradient norm.

        Both are good until the next step.
        """
        parts, norm = self._step(self.given(step, index, beta))
        if step + 1 < self._steps:
            self._schedule.step()
        return parts, norm

    def given(self, step: int, index: Tensor, beta: float) -> Given:
        """What step number `step` on the pictures at `index` (B,) is given.

        Order, flips and noise are those of the whole batch, of which each process takes its share.
        With the same numbers it is the same, whatever was done before.
        """
        device = self._processes.device
        drawing = drawing_device(device)
        generator = seeded(self._training.seed, Stream.STEP, step, drawing)
        chance = torch.rand(len(index), generator=generator, device=drawing)
        shape = len(index), self._model.config.latent
        noise = torch.randn(shape, generator=generator, device=drawing)
        index, mirrored, noise = map(self._processes.share, (index, chance < self._mirrored, noise))
        return Given(
            self._pictures.bytes(index),
            mirrored.to(device),
            noise.to(device),
            torch.full((), beta, device=device),
            torch.full((), share_after(step, self._training.ema), device=device),
            to_device(torch.tensor(error_weights(step)), device),
        )

    def plain_step(self, given: Given) -> tuple[Parts, Tensor]:
        """Down the gradient once: parts and gradient norm. Nothing in it waits for the device."""
        model, training, device = self._model, self._training, self._processes.device
        x = flip(as_values(given.pictures), given.mirrored).contiguous(memory_format=self._order)
        with repeatable(device):
            with mixed_precision(device, self._mixed):
                parts = self._compute(x, given.noise, given.beta)
            self._optimizer.zero_grad(set_to_none=True)
            (parts.loss / self._values).backward()
        parts = Parts(*(part.detach() for part in parts))
        norm = clip_grad_norm_(model.parameters(), training.clip)
        self._optimizer.step()
        follow(self.average, model, given.share)
        follow_scale(model, self.average, parts, given.weights, self._processes.mean)
        return parts, norm

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(self._optimizer.param_groups[0]["lr"])

    def save(self, path: Path, done: int) -> None:
        """Write a checkpoint after `done` steps."""
        save_checkpoint(path, self._model, self.average, self._optimizer, done)

    def begin_with(self, trained: Autoencoder) -> None:
        """Take the weights of a trained model, of the same network or a smaller one."""
        for model in (self._model, self.average):
            grow_from(model, trained)

    def restore(self, path: Path) -> int:
        """Read a checkpoint; returns the number of finished steps. Raises RunError."""
        done = load_checkpoint(path, self._model, self.average, self._optimizer)
        rate = self._training.learning_rate
        self._schedule = one_cycle(self._optimizer, rate, self._steps, done)
        return done


def follow_scale(
    model: Autoencoder,
    average: Autoencoder,
    parts: Parts,
    weights: Tensor,
    mean_over: Callable[[Tensor], Tensor] = alone,
) -> None:
    """Keep the shared scale at the optimum of the running error, where there is one.

    weights: (2,) of `error_weights`.
    """
    if (name := model.config.likelihood) not in SHARED:
        return
    power = SHARED[name]
    error = {1: parts.mae, 2: parts.mse}[power]
    before = torch.exp(power * model.log_sigma)
    running = running_error(before, mean_over(error), weights)
    model.log_sigma.copy_(running.log() / power)
    average.log_sigma.copy_(model.log_sigma)
