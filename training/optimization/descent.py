"""Steps down the gradient of a loss, which a GPU repeats as one record.

What differs from step to step is handed to the loss as tensors; the step waits for no device
(training/compute/recording.py).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import LRScheduler

from training.compute.batches import to_device
from training.compute.device import repeatable
from training.compute.recording import recorded_on
from training.optimization.adam import Adam
from training.optimization.averaging import follow, share_after
from training.optimization.divergence import Diverged

Loss = Callable[[Any], tuple[Tensor, ...]]


class Given(NamedTuple):
    """What differs from step to step, on the device.

    own: what the loss is of. numbers: of `Adam.next`. share: () of the weights in their average.
    """

    own: Any
    numbers: Tensor
    share: Tensor


class Descent:
    """A network's way down a loss by Adam, one step at a time, with what follows the weights."""

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        optimizer: Adam,
        schedule: LRScheduler,
        clip: float = math.inf,
        average: nn.Module | None = None,
        ema: float = 0.0,
        recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
    ):
        """loss: of what a step is given, a named tuple of tensors: () the loss, and what else is to
        be told, each (). Where it draws numbers, it asks torch's global generator. clip: largest
        gradient norm. average: of the weights, with decay `ema` per step. recorded: as
        `recorded_on`.
        """
        self._network, self._loss, self._optimizer = network, loss, optimizer
        self._schedule, self._clip, self._average, self._ema = schedule, clip, average, ema
        self._device = next(network.parameters()).device
        self._recorded, self._steps = recorded, dict[type, Callable[[Any], Any]]()
        self._sum: Tensor | float = 0.0
        self._summed = 0

    def step(self, number: int, own: Any) -> Tensor:
        """Step number `number`, from 0 up, on what the loss is of, on the device.

        Returns (K,) what the loss told, good until the next step; a GPU is not waited for. Each
        type of what the loss is of is recorded by itself.
        """
        if (kind := type(own)) not in self._steps:
            self._steps[kind] = self._recorded(self._device, self.plain_step)
        (found,) = self._steps[kind](self.given(number, own))
        self._schedule.step()
        self._sum = self._sum + found
        self._summed += 1
        return found

    def given(self, number: int, own: Any) -> Given:
        """What step number `number` is given. To be called once for each."""
        share = torch.full((), share_after(number, self._ema), device=self._device)
        return Given(own, to_device(self._optimizer.next(), self._device), share)

    def plain_step(self, given: Given) -> tuple[Tensor]:
        """One step: (K,) what the loss told. Nothing in it waits for the device."""
        with repeatable(self._device):
            loss, *more = self._loss(given.own)
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
        if self._clip < math.inf:
            clip_grad_norm_(self._network.parameters(), self._clip)
        self._optimizer.step(given.numbers)
        if self._average is not None:
            follow(self._average, self._network, given.share)
        return (torch.stack([loss, *more]).detach(),)

    def told(self, done: int) -> list[float]:
        """The means since it was last asked, the loss first; a GPU is waited for.

        done: steps. Raises Diverged where the loss was not finite in one of them.
        """
        loss, *more = (torch.as_tensor(self._sum) / self._summed).tolist()
        if not math.isfinite(loss):
            raise Diverged(f"expected a finite loss; found {loss} in the steps before {done + 1}")
        self._sum, self._summed = 0.0, 0
        return [loss, *more]
