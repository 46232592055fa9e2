"""Of several ways that draw the same, the one that is the fastest now.

A recorded graph is five times as fast as launching its kernels one by one, unless another process
computes on the same GPU: then it took 8 ms where these took 2 to 4. Which holds is found by
measuring, at first and again when the chosen way has become slow or long has passed.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

SLOW = 2.0  # times what a way took when it was chosen
TRIED = 3  # calls of each way in a comparison
AGAIN_AFTER = 5.0  # seconds that a choice holds at least, however slow

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Quickest(Generic[Asked, Found]):
    """Calls the fastest of some ways. Not safe to call at once."""

    def __init__(
        self,
        ways: Sequence[Callable[[Asked], Found]],
        clock: Callable[[], float] = time.perf_counter,
    ):
        """ways: each gives its result only when it is done. clock: in seconds."""
        self._ways, self._clock = ways, clock
        self._way, self._took, self._lately, self._since = ways[0], 0.0, 0.0, -AGAIN_AFTER

    def __call__(self, asked: Asked) -> Found:
        slow = self._lately > SLOW * self._took or not self._took
        if slow and self._clock() - self._since >= AGAIN_AFTER:
            self._choose(asked)
        found, took = self._timed(self._way, asked)
        self._lately += 0.2 * (took - self._lately)
        return found

    def _choose(self, asked: Asked) -> None:
        """By medians of a few calls, in turns, so that what else is at work slows all alike."""
        times: list[list[float]] = [[] for _ in self._ways]
        for _ in range(TRIED):
            for way, own in zip(self._ways, times, strict=True):
                own.append(self._timed(way, asked)[1])
        medians = [statistics.median(own) for own in times]
        self._took = self._lately = min(medians)
        self._way = self._ways[medians.index(self._took)]
        self._since = self._clock()

    def _timed(self, way: Callable[[Asked], Found], asked: Asked) -> tuple[Found, float]:
        started = self._clock()
        found = way(asked)
        return found, self._clock() - started
