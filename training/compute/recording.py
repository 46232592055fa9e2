"""What is done over and over on a GPU, recorded once and launched in one go.

A step of training is a thousand small kernels, and Python launches them more slowly than a GPU
runs them. A CUDA graph (Gray 2019, "Getting Started with CUDA Graphs") replays them all, on the
same memory. So what changes from step to step has to be in tensors, which are copied into those
that were recorded: a number of Python is recorded as it was, and a step that waits for the device,
to look at a value, cannot be recorded at all.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map

WARM_UP = 3  # calls that run plainly, in which libraries choose their kernels and state is made

Call = Callable[[Any], Sequence[Any]]  # takes a named tuple of tensors, gives tensors
Recorder = Callable[[Call, Any], Call]  # records a call on such a tuple

log = logging.getLogger(__name__)


class Recorded:
    """Calls `function` plainly for WARM_UP times, then records it and repeats the record.

    function: takes a named tuple of tensors or of such tuples, whose shapes never change, and gives
    tensors. It may change others, such as weights. What it gives is overwritten by the next call.
    What cannot be recorded goes on being called plainly.
    """

    def __init__(self, function: Call, record: Recorder, warm_up: Recorder):
        """record: runs nothing of the function by itself. warm_up: makes of it what runs it as it
        has to be run before it is recorded.
        """
        self._function, self._record, self._warm_up = function, record, warm_up
        self._calls, self._now = 0, function

    def __call__(self, given: Any) -> Sequence[Any]:
        if self._calls == 0:
            self._now = self._warm_up(self._function, given)
        elif self._calls == WARM_UP:
            self._now = self._recorded(given)
        self._calls += 1
        return self._now(given)

    def _recorded(self, given: Any) -> Call:
        try:
            return self._record(self._function, given)
        except RuntimeError:  # of CUDA: the memory is full, or an operation cannot be recorded
            log.warning("Not recorded as a CUDA graph; goes on step by step", exc_info=True)
            return self._function


def recorded_on(device: torch.device, function: Call) -> Call:
    """The function as it is called over and over on a device: recorded on a GPU, itself elsewhere.

    The rest as in `Recorded`.
    """
    return Recorded(function, cuda_graph, _aside) if device.type == "cuda" else function


def cuda_graph(function: Call, given: Any) -> Call:
    """The function as one CUDA graph, for other values in tensors of the same shapes.

    Runs nothing. Raises RuntimeError where something in it waits for the device.
    """
    held = tree_map(lambda value: torch.empty_like(value).copy_(value), given)
    graph = torch.cuda.CUDAGraph()
    with (
        torch.cuda.device(_device_of(given)),
        torch.cuda.graph(graph, capture_error_mode="thread_local"),
    ):
        found = function(held)

    def replay(given: Any) -> Sequence[Any]:
        fill(held, given)
        graph.replay()
        return found

    return replay


def fill(held: Any, given: Any) -> None:
    """Copy values into tensors of the same shapes. Raises ValueError for others."""
    for kept, value in zip(tree_leaves(held), tree_leaves(given), strict=True):
        if kept.shape != value.shape:
            raise ValueError(
                f"expected {tuple(kept.shape)}, as recorded; found {tuple(value.shape)}"
            )
        kept.copy_(value)


def _aside(function: Call, given: Any) -> Call:
    """The function on a stream beside the usual one, as has to be before a graph is recorded."""
    device = _device_of(given)
    stream = torch.cuda.Stream(device)

    def run(given: Any) -> Sequence[Any]:
        usual = torch.cuda.current_stream(device)
        stream.wait_stream(usual)
        with torch.cuda.stream(stream):
            found = function(given)
        usual.wait_stream(stream)
        return found

    return run


def _device_of(given: Any) -> torch.device:
    return tree_leaves(given)[0].device
