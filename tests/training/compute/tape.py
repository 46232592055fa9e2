"""Stands for a CUDA graph where there is no GPU: a tape of what torch did, played again.

Like a graph it runs no Python when it is played, only the same operations on the same memory. So a
number of Python that changed since stays what it was, and memory that was given up is written to.
A step that looks at a value on the device cannot be recorded on it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from training.compute.recording import Recorded, fill

# What tells Python something of values, for which a GPU would be waited for.
LOOKS = ("_local_scalar_dense", "nonzero", "equal", "is_nonzero", "masked_select", "_unique2")


class Waits(RuntimeError):
    """A value of the device was looked at."""


class Watched(TorchDispatchMode):
    """Raises Waits for any look at a value."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.name().split("::")[1].split(".")[0]
        masked = name.startswith("index") and any(t.dtype == torch.bool for t in _tensors(args[1:]))
        if name in LOOKS or masked:
            raise Waits(f"{operation} waits for the device")
        return operation(*args, **kwargs or {})


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
    held = given._make(value.clone() for value in given)
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
    return Recorded(function, tape, lambda function, given: function)
