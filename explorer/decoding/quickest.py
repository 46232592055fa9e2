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


class Watch:
    """Tells how long a device took for each of the calls that it answers in order.

    A call that came while another was answered began when that one ended. So it counts what it
    took alone, however many wait.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        """clock: in seconds."""
        self.now = clock
        self._ended = float("-inf")  # when the last one did

    def took(self, began: float) -> float:
        """Seconds of a call that ends now. began: when it came."""
        now, ended = self.now(), self._ended
        self._ended = max(now, ended)  # two that end at once may err by microseconds
        return now - min(now, max(began, ended))


class Quickest(Generic[Asked, Found]):
    """Launches calls by the fastest of some ways. Not safe to call at once."""

    def __init__(self, ways: Sequence[Callable[[Asked], Callable[[], Found]]], watch: Watch):
        """ways: each launches a call, and gives what waits for its result."""
        self._ways, self._watch = ways, watch
        self._way, self._took, self._lately, self._since = ways[0], 0.0, 0.0, -AGAIN_AFTER

    def __call__(self, asked: Asked) -> Callable[[], Found]:
        """Launch it. What is returned waits for the result; any thread may call it."""
        slow = self._lately > SLOW * self._took or not self._took
        if slow and self._watch.now() - self._since >= AGAIN_AFTER:
            self._choose(asked)
        began, wait = self._watch.now(), self._way(asked)

        def found() -> Found:
            result = wait()
            self._lately += 0.2 * (self._watch.took(began) - self._lately)
            return result

        return found

    def _choose(self, asked: Asked) -> None:
        """By medians of a few calls, in turns, so that what else is at work slows all alike."""
        times: list[list[float]] = [[] for _ in self._ways]
        for _ in range(TRIED):
            for way, own in zip(self._ways, times, strict=True):
                began = self._watch.now()
                way(asked)()
                own.append(self._watch.took(began))
        medians = [statistics.median(own) for own in times]
        self._took = self._lately = min(medians)
        self._way = self._ways[medians.index(self._took)]
        self._since = self._watch.now()
