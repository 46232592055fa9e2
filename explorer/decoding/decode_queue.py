"""Requests that wait at the same moment are decoded together, whichever session they come from."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from explorer.decoding.renderer import LARGEST_BATCH, Renderer, checked


class Decoded(NamedTuple):
    """pictures: (B, S, S, 3) uint8 RGB. milliseconds: that the batch which held them took."""

    pictures: np.ndarray
    milliseconds: float


class DecodeQueue:
    """An asyncio front of one renderer: the event loop never waits for the network.

    While a batch is decoded in a thread of its own, new requests gather; the next batch takes all
    of them, up to LARGEST_BATCH codes, oldest first.
    """

    def __init__(self, renderer: Renderer):
        self._renderer = renderer
        self._thread = ThreadPoolExecutor(1, "decoder")  # never behind the loop's other helpers
        self._waiting: list[tuple[np.ndarray, asyncio.Future]] = []
        self._busy = False

    async def decode(self, codes: np.ndarray) -> Decoded:
        """(B, D) float32 codes, B <= LARGEST_BATCH.

        Raises ValueError as Renderer.decode does; one bad request fails alone.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((checked(codes, self._renderer.latent), future))
        if not self._busy:
            self._busy = True
            self._working = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        run = asyncio.get_running_loop().run_in_executor
        try:
            while self._waiting:
                batch = self._take()
                codes = np.concatenate([codes for codes, _ in batch])
                try:
                    decoded = await run(self._thread, self._decode, codes)
                except Exception as error:  # every waiter learns of it
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error)
                    continue
                start = 0
                for part, future in batch:
                    if not future.done():  # a closed socket cancels its own
                        own = decoded.pictures[start : start + len(part)]
                        future.set_result(decoded._replace(pictures=own))
                    start += len(part)
        finally:
            self._busy = False

    def _decode(self, codes: np.ndarray) -> Decoded:
        started = time.perf_counter()
        pictures = self._renderer.decode(codes)
        return Decoded(pictures, 1000 * (time.perf_counter() - started))

    def _take(self) -> list[tuple[np.ndarray, asyncio.Future]]:
        count, size = 0, 0
        for codes, _ in self._waiting:
            if count and size + len(codes) > LARGEST_BATCH:
                break
            count, size = count + 1, size + len(codes)
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
