"""The decoder on a GPU: for each batch size one recorded CUDA graph, launched in one go.

A face is some sixty small kernels, and launching them one by one takes longer than they do. A
graph (Gray 2019, "Getting Started with CUDA Graphs") replays them all, on the same memory, so it
knows one batch size only: smaller batches are filled up. Where another process computes on the GPU,
launching can be faster; each size takes what is (explorer/decoding/quickest.py).
"""

import logging
from collections.abc import Callable

import torch
from torch import Tensor

from explorer.decoding.quickest import Quickest

SIZES = (1, 8, 64, 256)  # of batches: a face, a strip, a grid, many sessions
WARM_UP = 3  # runs in which cuDNN finds its fastest convolutions

Draw = Callable[[Tensor], Tensor]  # (B, D) codes -> (B, S, S, 3) uint8 pictures, both on the CPU

log = logging.getLogger(__name__)


class FixedSizes:
    """Draws batches of any size with programs that know one size each. Not safe to call at once.

    record: called with a size of SIZES when it is first needed; gives what draws exactly so many.
    plain: draws what is larger than all of them, what could not be recorded, and where it is the
    faster of the two.
    """

    def __init__(self, record: Callable[[int], Draw], plain: Draw):
        self._record, self._plain = record, plain
        self._recorded: dict[int, Draw | None] = {}

    def __call__(self, codes: Tensor) -> Tensor:
        """(B, D) -> (B, S, S, 3) uint8."""
        size = next((size for size in SIZES if size >= len(codes)), None)
        draw = None if size is None else self._program(size)
        if size is None or draw is None:
            return self._plain(codes)
        padded = codes.new_zeros(size, codes.shape[1])
        padded[: len(codes)] = codes
        return draw(padded)[: len(codes)]

    def _program(self, size: int) -> Draw | None:
        if size not in self._recorded:
            try:
                self._recorded[size] = Quickest([self._record(size), self._plain])
            except RuntimeError:  # of CUDA: the memory is full, or an operation cannot be recorded
                log.warning("No CUDA graph for batches of %d", size, exc_info=True)
                self._recorded[size] = None
        return self._recorded[size]


def record(pixels: Draw, size: int, latent: int, device: torch.device) -> Draw:
    """Record `pixels` on zeros of shape (size, latent), for codes of the same shape.

    pixels: both sides on the device, nothing in between may wait for it. The pictures given are
    new ones each time. Raises RuntimeError where recording fails.
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
    host = torch.empty(drawn.shape, dtype=drawn.dtype, pin_memory=True)

    def draw(given: Tensor) -> Tensor:
        codes.copy_(given)
        graph.replay()
        host.copy_(drawn, non_blocking=True)
        torch.cuda.current_stream(device).synchronize()
        return host.clone()

    return draw
