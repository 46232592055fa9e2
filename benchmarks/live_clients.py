"""Dragging sessions without a browser: `python -m benchmarks.live_clients URL SESSIONS SECONDS`.

Each speaks the live route's protocol as the page's editor does: 60 steps a second, the newest wins,
one message in flight (see live_socket.js). The strip goes along the slider in hand, so that a drag
leaves it as it is. Prints "ready", waits for a line, and prints one line of JSON: `waits`, the
milliseconds from each step to its picture, `pictures_per_s` of each session, and `errors`, which
counts refusals, closed connections and steps that were never answered.
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.browser import PATIENCE
from benchmarks.hand import STEPS
from explorer.live.route import PATH
from explorer.recipe.recipe import Recipe, Source


class Session:
    """One editor: the recipe moves on its own, the connection follows it."""

    def __init__(self, seed: int):
        self.source = Source("seed", seed)
        self.steps: list[float] = []  # when each was done
        self.answered = 0  # of them
        self.waits: list[float] = []
        self.pictures = 0
        self.errors = 0
        self.number = 0
        self.moved = asyncio.Event()

    async def run(self, socket: ClientConnection, seconds: float) -> None:
        """Drag for so long, and wait for the last picture."""
        following = asyncio.create_task(self._follow(socket))
        started = time.perf_counter()
        for k in range(int(STEPS * seconds)):
            await asyncio.sleep(max(0.0, started + k / STEPS - time.perf_counter()))
            self.steps.append(time.perf_counter())
            self.moved.set()
        during = self.pictures
        end = time.perf_counter() + PATIENCE
        while self.answered < len(self.steps) and not following.done():
            if time.perf_counter() > end:
                break
            await asyncio.sleep(0.01)
        following.cancel()
        self.errors += len(self.steps) - self.answered
        self.pictures_per_s = during / seconds

    async def _follow(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self.moved.wait()
                self.moved.clear()
                count = len(self.steps)
                await self._ask(socket, self._recipe(count))
                now = time.perf_counter()
                self.waits += [1000 * (now - step) for step in self.steps[self.answered : count]]
                self.answered = count
                self.pictures += 1
        except WebSocketException:
            self.errors += 1

    def _recipe(self, step: int) -> Recipe:
        amount = round(abs(0.05 * step % 10 - 5) - 2.5, 2)
        return Recipe(self.source, attributes={"Blond_Hair": amount})

    async def _ask(self, socket: ClientConnection, recipe: Recipe) -> None:
        self.number += 1
        await socket.send(json.dumps({"number": self.number, "recipes": [recipe.to_data()]}))
        self.errors += isinstance(await socket.recv(), str)  # text is a refusal


async def main(url: str, count: int, seconds: float) -> None:
    """All sessions in one event loop."""
    sessions = [Session(seed) for seed in range(count)]
    address = url.replace("http", "ws", 1) + PATH
    sockets = [await connect(address, compression=None) for _ in sessions]
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(s.run(c, seconds) for s, c in zip(sessions, sockets, strict=True)))
    for socket in sockets:
        await socket.close()
    result = {
        "waits": [wait for session in sessions for wait in session.waits],
        "pictures_per_s": [session.pictures_per_s for session in sessions],
        "errors": sum(session.errors for session in sessions),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
