"""Several batches on one device: launched one after the other, each waited for by itself.

A GPU works through a stream in order while Python goes on. So whoever draws holds the device only
while launching; the next may launch meanwhile, and a second stream copies the pictures out while
the next ones are computed (NVIDIA, "CUDA C++ Best Practices Guide", on overlapping transfers).
"""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from explorer.decoding.quickest import Watch
from training.compute.batches import to_device

OnDevice = Callable[[Tensor], Tensor]  # (B, D) codes -> (B, S, S, 3) uint8, both on the device
Waiting = Callable[[], Tensor]  # waits for pictures, (B, S, S, 3) uint8 on the CPU
Launch = Callable[[Tensor], Waiting]  # takes (B, D) codes on the CPU and begins to draw them


class Mark(Protocol):
    """A place in a stream."""

    def synchronize(self) -> object:
        """Wait until the stream has come there."""


class Stream(Protocol):
    """What a device does in the order in which it was launched, beside other streams."""

    def launch(self, work: Callable[[], object], *others: Tensor) -> None:
        """Have work done. others: what it uses of other streams' memory, held until it is done."""

    def mark(self) -> Mark:
        """The place after all that was launched."""

    def after(self, mark: Any) -> None:
        """What is launched from now on begins when another stream has come to its mark."""


class CudaStream:
    """A `Stream` of a GPU."""

    def __init__(self, stream: torch.cuda.Stream):
        self._stream = stream

    def launch(self, work: Callable[[], object], *others: Tensor) -> None:
        with torch.cuda.stream(self._stream):
            work()
        for tensor in others:
            tensor.record_stream(self._stream)

    def mark(self) -> torch.cuda.Event:
        return self._stream.record_event()

    def after(self, mark: torch.cuda.Event) -> None:
        self._stream.wait_event(mark)


class InFlight:
    """Batches on their way through a device: computed by one stream, copied out by the other.

    watch: tells how long each took.
    """

    def __init__(
        self,
        device: torch.device,
        shape: tuple[int, int, int],
        computing: Stream,
        copying: Stream,
    ):
        """shape: (S, S, 3) of a picture. computing: the stream in which tensors are made here."""
        self._device, self._shape = device, shape
        self._computing, self._copying = computing, copying
        self.watch = Watch()

    def launch(self, draw: OnDevice, codes: Tensor) -> Waiting:
        """Begin to draw codes (B, D), on the CPU. Waits for nothing; not safe to call at once.

        draw: may give the same memory again and again. What is returned may be called by any
        thread, and gives memory of its own.
        """
        pinned, shape = self._device.type == "cuda", (len(codes), *self._shape)
        # The next batch overwrites what a recorded graph drew: the copy out reads a copy of it.
        kept = torch.empty(shape, dtype=torch.uint8, device=self._device)
        host = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)
        self._computing.launch(lambda: kept.copy_(draw(to_device(codes, self._device))))
        self._copying.after(self._computing.mark())
        self._copying.launch(lambda: host.copy_(kept, non_blocking=pinned), kept)
        done = self._copying.mark()

        def pictures() -> Tensor:
            done.synchronize()
            return host.clone()  # pinned memory is scarce, and this is soon needed again

        return pictures


def in_flight_on(device: torch.device, shape: tuple[int, int, int]) -> InFlight:
    """On a GPU."""
    computing = CudaStream(torch.cuda.default_stream(device))  # with all others that compute
    return InFlight(device, shape, computing, CudaStream(torch.cuda.Stream(device)))
