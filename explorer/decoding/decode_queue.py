"""Pictures that wait at the same moment are drawn together, whichever session they come from."""

import asyncio
import logging
import time
import weakref
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from explorer.decoding.fair_line import FairLine
from explorer.decoding.renderer import LARGEST_BATCH, Renderer, checked

# A batch takes about so long: whoever comes next waits no longer than that for its turn.
BATCH_MS = 20.0
FIRST_GUESS_MS = 3.0  # of a picture, until the first were drawn
# A face under a hand is more urgent than one of a grid, which counts as so many where others wait.
FEW, MANY_COUNT = 8, 2
MOST_WAITING_MS = 20_000.0
# While one batch is drawn, the codes of the next are made, and drawn too where there is a core.
WORKERS = 2

log = logging.getLogger(__name__)


class CannotDraw(RuntimeError):
    """The renderer failed; says how."""


class Wanted(NamedTuple):
    """One picture. renderer: draws it. code: gives its code (D,) float32, in a thread of the queue.

    composing: milliseconds that making the code takes, about.
    """

    renderer: Renderer
    code: Callable[[], np.ndarray]
    composing: float = 0.0


class Decoded(NamedTuple):
    """pictures: (B, S, S, 3) uint8 RGB. milliseconds: that drawing them took, their share of the
    batches which held them."""

    pictures: np.ndarray
    milliseconds: float


class DecodeQueue:
    """An asyncio front of the renderers: the event loop neither composes codes nor draws them.

    Owners take turns, see FairLine; a request of many pictures is drawn a part at a time.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(WORKERS, "decoder")  # never behind other helpers
        self._line: FairLine[_Picture] = FairLine(MOST_WAITING_MS)
        # Milliseconds of a picture, a running mean.
        self._pace: weakref.WeakKeyDictionary[Renderer, float] = weakref.WeakKeyDictionary()
        self._working = 0
        self._tasks: set[asyncio.Task] = set()

    async def draw(self, owner: Hashable, wanted: Sequence[Wanted]) -> Decoded:
        """The pictures of at least one Wanted. owner: in whose name.

        Raises what `code` raised, ValueError as Renderer.decode does, CannotDraw, and Busy where
        too much waits; one bad request fails alone.
        """
        costs = [one.composing + self._pace.get(one.renderer, FIRST_GUESS_MS) for one in wanted]
        self._line.check(owner, sum(costs))
        request = _Request(asyncio.get_running_loop().create_future(), len(wanted))
        times = 1 if len(wanted) <= FEW else MANY_COUNT
        for row, (one, cost) in enumerate(zip(wanted, costs, strict=True)):
            self._line.put(owner, _Picture(request, row, one), cost, times * cost)
        if self._working < WORKERS:
            self._working += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)  # the loop itself would let it be collected
            task.add_done_callback(self._tasks.discard)
        return await request.future

    async def _work(self) -> None:
        run = asyncio.get_running_loop().run_in_executor
        try:
            while batch := self._take():
                wanted = [picture.wanted for picture in batch]
                drawn = await run(self._threads, _drawn, wanted)
                for renderer, pace in drawn.pace.items():
                    before = self._pace.get(renderer, pace)
                    self._pace[renderer] = before + 0.2 * (pace - before)
                for picture, found in zip(batch, drawn.pictures, strict=True):
                    pace = drawn.pace.get(picture.wanted.renderer, 0.0)
                    picture.request.take(picture.row, found, pace)
        finally:
            self._working -= 1

    def _take(self) -> list["_Picture"]:
        """The next batch; empty when nothing waits."""
        batch: list[_Picture] = []
        room = BATCH_MS
        while self._line and len(batch) < LARGEST_BATCH and room > 0:
            picture, cost = self._line.take()
            if not picture.request.future.done():  # a closed socket cancels its own
                batch.append(picture)
                room -= cost
        return batch


class _Request:
    """Pictures that are answered together."""

    def __init__(self, future: asyncio.Future, count: int):
        self.future = future
        self._pictures: list[np.ndarray | None] = [None] * count
        self._left, self._milliseconds = count, 0.0

    def take(self, row: int, found: "np.ndarray | Exception", milliseconds: float) -> None:
        """One of them, or why not."""
        if self.future.done():
            return
        if isinstance(found, Exception):
            self.future.set_exception(found)
            return
        self._pictures[row] = found
        self._left -= 1
        self._milliseconds += milliseconds
        if not self._left:
            self.future.set_result(Decoded(np.stack(self._pictures), self._milliseconds))  # type: ignore[arg-type]


class _Picture(NamedTuple):
    """A part of a request."""

    request: _Request
    row: int
    wanted: Wanted


class _Drawn(NamedTuple):
    """pictures: as they were wanted, or why not. pace: renderer -> milliseconds of a picture."""

    pictures: list["np.ndarray | Exception"]
    pace: dict[Renderer, float]


def _drawn(wanted: list[Wanted]) -> _Drawn:
    """What `wanted` asks for, each renderer's as one batch."""
    pictures: list[np.ndarray | Exception] = []
    codes: dict[Renderer, list[tuple[int, np.ndarray]]] = {}
    for row, one in enumerate(wanted):
        pictures.append(CannotDraw("never drawn"))
        try:
            code = one.code()
            if not np.isfinite(code).all():  # it would spoil the batch
                checked(code[None], one.renderer.latent)
        except Exception as error:  # of this picture alone
            pictures[row] = error
        else:
            codes.setdefault(one.renderer, []).append((row, code))
    pace = {}
    for renderer, own in codes.items():
        batch = np.stack([code for _, code in own])
        try:
            started = time.perf_counter()
            drawn = list(renderer.decode(batch))
            pace[renderer] = 1000 * (time.perf_counter() - started) / len(own)
        except Exception as error:  # whoever waits is told, and may ask again
            log.exception("drawing %d codes failed", len(own))
            reason = CannotDraw(
                f"expected pictures of {len(own)} codes; found that drawing them failed: "
                f"{type(error).__name__}: {str(error)[:200]}"
            )
            drawn = [reason] * len(own)
        for (row, _), picture in zip(own, drawn, strict=True):
            pictures[row] = picture
    return _Drawn(pictures, pace)
