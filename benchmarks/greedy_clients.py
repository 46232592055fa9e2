"""Greedy clients without a browser: `python -m benchmarks.greedy_clients URL COUNT`.

Each asks for 64 faces at a time over a socket of its own, and for the next ones once they came, as
fast as it can. Prints "ready" when each was answered once, and goes on until its input ends; then
one line of JSON: how many faces came.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect

from explorer.live.messages import MOST_RECIPES
from explorer.live.route import PATH
from explorer.recipe.recipe import Recipe, Source


async def main(url: str, count: int) -> None:
    """All of them in one event loop."""
    loop = asyncio.get_running_loop()
    faces = 0
    begun = [asyncio.Event() for _ in range(count)]

    async def ask(k: int) -> None:
        nonlocal faces
        recipes = [Recipe(Source("seed", 1000 * k + n)).to_data() for n in range(MOST_RECIPES)]
        message = json.dumps({"number": k, "recipes": recipes})
        async with connect(url.replace("http", "ws", 1) + PATH, compression=None) as socket:
            while True:
                await socket.send(message)
                faces += MOST_RECIPES * isinstance(await socket.recv(), bytes)
                begun[k].set()

    asking = [asyncio.create_task(ask(k)) for k in range(count)]
    await asyncio.gather(*(event.wait() for event in begun))
    print("ready", flush=True)
    faces = 0
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"faces": faces}), flush=True)
    for task in asking:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
