"""The decoder on a GPU: for each batch size one recorded CUDA graph, launched in one go.

A face is some sixty small kernels, and launching them one by one takes longer than they do. A
graph (Gray 2019, "Getting Started with CUDA Graphs") replays them all, on the same memory, so it
knows one batch size only: smaller batches are filled up. Where another process computes on the GPU,
launching can be faster; each size takes what is (explorer/decoding/quickest.py).
"""

import logging
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from explorer.decoding.in_flight import InFlight, Launch, OnDevice, Waiting
from explorer.decoding.quickest import Quickest

SIZES = (1, 8, 64, 256)  # of batches: a face, a strip, a grid, many sessions
WARM_UP = 3  # runs in which cuDNN finds its fastest convolutions

log = logging.getLogger(__name__)


class FixedSizes:
    """Launches batches of any size by programs that know one size each. Not safe to call at once.

    record: called with a size of SIZES when it is first needed; gives what draws exactly so many.
    plain: draws what is larger than all of them, what could not be recorded, and where it is the
    faster of the two. in_flight: brings their codes and pictures there and back.
    """

    def __init__(self, record: Callable[[int], OnDevice], plain: OnDevice, in_flight: InFlight):
        self._record, self._in_flight = record, in_flight
        self._plain: Launch = partial(in_flight.launch, plain)
        self._recorded: dict[int, Launch | None] = {}

    def __call__(self, codes: Tensor) -> Waiting:
        """(B, D) on the CPU; what is returned waits for the pictures."""
        count = len(codes)
        size = next((size for size in SIZES if size >= count), None)
        launch = None if size is None else self._program(size)
        if size is None or launch is None:
            return self._plain(codes)
        padded = codes.new_zeros(size, codes.shape[1])
        padded[:count] = codes
        wait = launch(padded)
        return lambda: wait()[:count]

    def _program(self, size: int) -> Launch | None:
        if size not in self._recorded:
            try:
                recorded: Launch = partial(self._in_flight.launch, self._record(size))
            except RuntimeError:  # of CUDA: the memory is full, or an operation cannot be recorded
                log.warning("No CUDA graph for batches of %d", size, exc_info=True)
                self._recorded[size] = None
            else:
                ways = [recorded, self._plain]
                self._recorded[size] = Quickest(ways, self._in_flight.watch)
        return self._recorded[size]


def record(pixels: OnDevice, size: int, latent: int, device: torch.device) -> OnDevice:
    """Record `pixels` on zeros of shape (size, latent), for codes of the same shape.

    pixels: nothing in it may wait for the device. The pictures that it draws lie where those of
    the call before lay. Raises RuntimeError where recording fails.
    """
    codes = torch.zeros(size, latent, device=device)
    benchmark, torch.backends.cudnn.benchmark = torch.backends.cudnn.benchmark, True
    try:
        aside = torch.cuda.Stream(device)
        aside.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                pixels(codes)
        torch.cuda.current_stream(device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            drawn = pixels(codes)
    finally:
        torch.backends.cudnn.benchmark = benchmark

    def draw(given: Tensor) -> Tensor:
        codes.copy_(given)
        graph.replay()
        return drawn

    return draw
