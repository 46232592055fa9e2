"""What takes longer than a picture is computed aside, by one thread, its askers in turn."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import Any, NamedTuple

from explorer.decoding.fair_line import FairLine

MOST_WAITING_MS = 60_000.0


class _Job(NamedTuple):
    """context: of the asker, whose language it is computed in."""

    future: asyncio.Future
    context: Context
    compute: Callable[..., Any]
    arguments: tuple[Any, ...]


class Aside:
    """One thread, so that however much is asked of it, faces have a core."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "aside")
        self._line: FairLine[_Job] = FairLine(MOST_WAITING_MS)
        self._working: asyncio.Task | None = None

    async def compute(
        self, owner: Hashable, cost: float, compute: Callable[..., Any], *arguments: Any
    ) -> Any:
        """What compute(*arguments) returns or raises. Raises Busy where too much waits.

        owner: in whose name. cost: milliseconds that it takes, about.
        """
        self._line.check(owner, cost)
        future = asyncio.get_running_loop().create_future()
        self._line.put(owner, _Job(future, copy_context(), compute, arguments), cost)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        run = asyncio.get_running_loop().run_in_executor
        try:
            while self._line:
                (future, context, compute, arguments), _cost = self._line.take()
                if future.done():  # a closed socket cancels its own
                    continue
                try:
                    found = await run(self._thread, context.run, compute, *arguments)
                except Exception as error:
                    if not future.done():
                        future.set_exception(error)
                else:
                    if not future.done():
                        future.set_result(found)
        finally:
            self._working = None
