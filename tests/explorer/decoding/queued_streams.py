"""Stands for a GPU where there is none: streams that do what was launched later, each in order.

So what reads memory too early, or writes it before it was read, gives wrong pictures here, too.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from explorer.decoding.in_flight import InFlight
from training.model.networks import Autoencoder


class Place:
    """A `Mark`. looked_for: set when it is waited for by who launched. error: of what led here."""

    def __init__(self):
        self.come, self.looked_for = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def synchronize(self) -> None:
        self.looked_for.set()
        assert self.come.wait(60)
        if self.error:
            raise self.error


class QueuedStream:
    """A `Stream`. begins: while this is not set it does nothing. marked: counts its marks."""

    def __init__(self):
        self.begins, self.marked, self.marks = threading.Event(), threading.Semaphore(0), []
        self.begins.set()
        self._error: Exception | None = None  # since the last mark
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def launch(self, work: Callable[[], object], *others: Tensor) -> None:
        self._work.put(work)

    def mark(self) -> Place:
        place = Place()
        self.marks.append(place)
        self._work.put(lambda: self._come(place))
        self.marked.release()
        return place

    def after(self, mark: Place) -> None:
        self._work.put(mark.synchronize)

    def end(self) -> None:
        self.begins.set()
        self._work.put(None)
        self._thread.join(60)

    @torch.inference_mode()
    def _run(self) -> None:
        while work := self._work.get():
            assert self.begins.wait(60)
            try:
                work()
            except Exception as error:
                self._error = error

    def _come(self, place: Place) -> None:
        place.error, self._error = self._error, None
        place.come.set()


@contextmanager
def queued_streams(shape: tuple[int, int, int]) -> Iterator[tuple[InFlight, list[QueuedStream]]]:
    """Batches in flight on the CPU; the streams that compute and that copy out."""
    streams = [QueuedStream(), QueuedStream()]
    try:
        yield InFlight(torch.device("cpu"), shape, *streams), streams
    finally:
        for stream in streams:
            stream.end()


class Graphs:
    """Stands for `record`: each size draws from and into memory of its own, always the same."""

    def __init__(self, plain: Callable[[Tensor], Tensor], model: Autoencoder):
        self._plain, self._config = plain, model.config
        self.asked: list[int] = []

    def __call__(self, size: int) -> Callable[[Tensor], Tensor]:
        self.asked.append(size)
        side = self._config.size
        codes = torch.zeros(size, self._config.latent)
        drawn = torch.zeros(size, side, side, 3, dtype=torch.uint8)

        def replay(given: Tensor) -> Tensor:
            codes.copy_(given)
            return drawn.copy_(self._plain(codes))

        return replay
