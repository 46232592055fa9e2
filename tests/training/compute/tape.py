"""Stands for a CUDA graph where there is no GPU: a tape of what torch did, played again.

Like a graph it runs no Python when it is played, only the same operations on the same memory. So a
number of Python that changed since stays what it was, and memory that was given up is written to.
A step that looks at a value on the device cannot be recorded on it.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from training.compute.recording import Recorded, fill
from training.optimization.adam import Adam
from training.optimization.descent import Descent, Loss
from training.optimization.schedule import one_cycle

# What tells Python something of values, for which a GPU would be waited for, and what makes a
# tensor of numbers of Python on the CPU, which would have to be copied there.
LOOKS = ("_local_scalar_dense", "nonzero", "equal", "is_nonzero", "masked_select", "_unique2")
LOOKS += ("lift_fresh", "nanmedian")
META = torch.device("meta")  # of tensors without values: stands for a GPU, as to where tensors are


class Waits(RuntimeError):
    """A value of the device was looked at."""


class Seen(TorchDispatchMode):
    """Sees what is done and lets it be done.

    Where something looks on torch may take other kernels for bfloat16, so what a tape is compared
    with to the bit runs in this.
    """

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return operation(*args, **kwargs or {})


class Watched(Seen):
    """Raises Waits for any look at a value."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.name().split("::")[1].split(".")[0]
        masked = name.startswith("index") and any(t.dtype == torch.bool for t in _tensors(args[1:]))
        if name in LOOKS or masked:
            raise Waits(f"{operation} waits for the device")
        return super().__torch_dispatch__(operation, types, args, kwargs)


class Elsewhere(Watched):
    """Raises Waits for what takes tensors of another device than META, too."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        if any(t.device != META for t in _tensors((args, kwargs))):
            raise Waits(f"{operation} takes what is on another device")
        found = super().__torch_dispatch__(operation, types, args, kwargs)
        if any(t.device != META for t in _tensors(found)):
            raise Waits(f"{operation} makes what is on another device")
        return found


class MetaGenerator(torch.Generator):
    """Draws on META."""

    device = META


class Tape(Watched):
    """Remembers every operation, with the tensors that it took and gave."""

    def __init__(self):
        super().__init__()
        self.done: list[tuple[Any, Any, Any, list[tuple[int, Tensor]]]] = []

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        found = super().__torch_dispatch__(operation, types, args, kwargs)
        taken = {_memory(t) for t in _tensors((args, kwargs))}
        new = [(k, t) for k, t in enumerate(_tensors(found)) if _memory(t) not in taken]
        self.done.append((operation, args, kwargs, new))
        return found

    @torch.no_grad()
    def play(self) -> None:
        for operation, args, kwargs, new in self.done:
            again = _tensors(operation(*args, **kwargs))
            for k, held in new:
                held.copy_(again[k])


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def tape(function: Callable, given: Any) -> Callable:
    """As `cuda_graph` of training/compute/recording.py.

    Recording runs the operations, which a graph does not, so all that they changed is put back.
    """
    held = tree_map(torch.clone, given)
    with Tape() as recorded:
        found = function(held)
    first = True

    def replay(given: Any) -> Sequence[Any]:
        nonlocal first
        fill(held, given)
        if not first:  # of the first call the recording was the run
            recorded.play()
        first = False
        return found

    return replay


def taped(device: torch.device, function: Callable) -> Callable:
    """As `recorded_on`, for any device."""
    return Recorded(function, tape, lambda function, given: seen(device, function))


def seen(device: torch.device, function: Callable) -> Callable:
    """As `recorded_on`: what runs as it is, in `Seen`."""

    def call(given: Any) -> Sequence[Any]:
        with Seen():
            return function(given)

    return call


def watched(device: torch.device, function: Callable) -> Callable:
    """As `recorded_on`: what raises Waits when a call looks at a value; the first makes state."""
    calls = 0

    def call(given: Any) -> Sequence[Any]:
        nonlocal calls
        calls += 1
        with Seen() if calls == 1 else Watched():
            return function(given)

    return call


def step_elsewhere(network: nn.Module, loss: Loss, own: Any) -> None:
    """One step of a network on META. Raises Waits where something comes from another device."""
    optimizer = Adam(network.parameters(), 1e-3, 0.01)
    average, schedule = copy.deepcopy(network), one_cycle(optimizer, 1e-3, 20)
    descent = Descent(network, loss, optimizer, schedule, 1.0, average, 0.9)
    descent.step(0, own)  # what is made once
    given = descent.given(1, own)
    with Elsewhere():
        descent.plain_step(given)
