"""The live route: recipes in, pictures out, over WebSockets beside Streamlit's own.

Each view of a page sends one message of JSON and waits for its answer before the next:

    {"number": 7, "recipes": [RECIPE, ...]}        1 to 64 recipes, see explorer/recipe.py

It is answered by bytes, little-endian: uint32 number, uint16 count, uint16 side, float32
milliseconds of decoding, then count * side * side * 3 bytes of RGB; or, when the message cannot be
met, by text: {"number": 7, "error": "expected ...; found ..."}. The socket stays open then.
"""

import asyncio
import json
import math
import struct
from collections.abc import Callable
from urllib.parse import urlparse

import numpy as np
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer.decode_queue import DecodeQueue
from explorer.loaded import Loaded
from explorer.recipe import Recipe, RecipeError
from explorer.space import compose

PATH = "/live"
LARGEST_MESSAGE = 512 * 1024  # characters; a strip of a mix of faces with every slider moved
MOST_RECIPES = 64  # an 8x8 grid
MOST_SOCKETS = 128  # in this process; a page takes two, for its editor and its map
FASTEST = 200.0  # messages a second from one socket, averaged over a second
CHECK_EVERY = 1.0  # seconds between looks at the run's files
HEADER = struct.Struct("<IHHf")

# Close codes of RFC 6455, section 7.4.1.
UNSUPPORTED, POLICY, TOO_BIG, TRY_LATER = 1003, 1008, 1009, 1013


class Refused(ValueError):
    """A message that cannot be met: says what was expected and what was found."""

    def __init__(self, number: int | None, reason: str):
        super().__init__(reason)
        self.number = number


def parse_message(text: str) -> tuple[int, list[Recipe]]:
    """The number and the recipes of a message. Raises Refused."""
    number = None
    try:
        message = json.loads(text)
        number = message["number"]
        if type(number) is not int or not 0 <= number < 2**32:
            number = None
            raise Refused(None, "expected a number from 0 to 2^32 - 1")
        recipes = message["recipes"]
        if not isinstance(recipes, list) or not 1 <= len(recipes) <= MOST_RECIPES:
            raise Refused(number, f"expected a list of 1 to {MOST_RECIPES} recipes")
        return number, [Recipe.from_data(values) for values in recipes]
    except RecipeError as error:
        raise Refused(number, str(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(number, "expected JSON with number and recipes") from error


def answer_bytes(number: int, pictures: np.ndarray, milliseconds: float) -> bytes:
    """(B, S, S, 3) uint8 pictures as one answer."""
    count, side = pictures.shape[:2]
    return HEADER.pack(number, count, side, milliseconds) + pictures.tobytes()


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a browser on this very server asks; programs send no origin and may, too."""
    return origin is None or urlparse(origin).netloc == host


class LiveRoute:
    """The route's state: the decode queue of the open run and the number of sockets.

    current: gives the loaded run. allowed_origin: says of another origin whether it may ask.
    """

    def __init__(
        self, current: Callable[[], Loaded], allowed_origin: Callable[[str], bool] | None = None
    ):
        self._current = current
        self._allowed_origin = allowed_origin or (lambda origin: False)
        self._queue: tuple[Loaded, DecodeQueue] | None = None
        self._checked_at = -math.inf
        self._sockets = 0

    @property
    def route(self) -> WebSocketRoute:
        """To be given to the server."""
        return WebSocketRoute(PATH, self.serve)

    async def serve(self, socket: WebSocket) -> None:
        """One view of a page, until it goes away."""
        origin = socket.headers.get("origin")
        if not same_origin(origin, socket.headers.get("host")) and not self._allowed_origin(origin):
            await socket.close(POLICY, "expected a page of this server")
            return
        await socket.accept()
        if self._sockets >= MOST_SOCKETS:
            await socket.close(TRY_LATER, f"{MOST_SOCKETS} connections are open; try again later")
            return
        self._sockets += 1
        try:
            await self._converse(socket)
        except WebSocketDisconnect:
            pass  # the page went away
        finally:
            self._sockets -= 1

    async def _converse(self, socket: WebSocket) -> None:
        clock = asyncio.get_running_loop().time
        budget, last = FASTEST, clock()
        while True:
            try:
                text = await socket.receive_text()
            except KeyError:  # what Starlette raises for bytes
                await socket.close(UNSUPPORTED, "expected text")
                return
            now = clock()
            budget, last = min(FASTEST, budget + (now - last) * FASTEST) - 1, now
            if budget < 0:
                await socket.close(POLICY, f"expected at most {FASTEST:.0f} messages a second")
                return
            if len(text) > LARGEST_MESSAGE:
                await socket.close(TOO_BIG, f"expected at most {LARGEST_MESSAGE} characters")
                return
            try:
                await socket.send_bytes(await self._answer(text))
            except Refused as refused:
                reason = {"number": refused.number, "error": str(refused)}
                await socket.send_text(json.dumps(reason))

    async def _answer(self, text: str) -> bytes:
        number, recipes = parse_message(text)
        try:
            loaded, queue = await self._open_queue()
            codes = np.stack([compose(recipe, loaded.run.space) for recipe in recipes])
        except ValueError as error:  # RecipeError, RunError
            raise Refused(number, str(error)) from error
        pictures = await queue.decode(codes)
        return answer_bytes(number, pictures, loaded.decoder.last_ms)

    async def _open_queue(self) -> tuple[Loaded, DecodeQueue]:
        now = asyncio.get_running_loop().time()
        if self._queue is None or now - self._checked_at > CHECK_EVERY:
            self._checked_at = now  # the messages behind this one do not wait for a new run
            try:
                loaded = await asyncio.to_thread(self._current)
            except ValueError:  # RunError
                self._queue = None
                raise
            if self._queue is None or self._queue[0] is not loaded:
                self._queue = loaded, DecodeQueue(loaded.decoder)
        return self._queue
