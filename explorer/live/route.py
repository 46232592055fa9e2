"""The live route: what a page asks while a hand moves, over WebSockets beside Streamlit's own.

Each view of a page sends one message and waits for its answer before the next, see
explorer/live/messages.py. What cannot be met is answered by the reason; the socket stays open then.
"""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlparse

import numpy as np
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer.decoding.decode_queue import Decoded, DecodeQueue
from explorer.decoding.renderer import Renderer
from explorer.live.messages import (
    HEADER,
    MOST_RECIPES,
    BlendAt,
    PlaceOf,
    Refused,
    parse_message,
    pictures_answer,
    place_answer,
    refusal,
)
from explorer.map.beside import layout_beside
from explorer.map.blend import Blended
from explorer.map.layouts import layout
from explorer.map.whereabouts import whereabouts
from explorer.recipe.compose import compose, is_quick
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace
from explorer.run.loaded import Loaded
from explorer.run.run import Run
from training.run.run_folder import RunError

PATH = "/live"
# What live_socket.js has to know: bytes before the pictures of an answer, recipes in a message.
SOCKET = {"path": PATH, "header": HEADER.size, "most": MOST_RECIPES}
LARGEST_MESSAGE = 768 * 1024  # characters; a strip of a mix of faces with every slider moved
MOST_SOCKETS = 256  # in this process; a page takes three, five with a twin's map
FASTEST = 200.0  # messages a second from one socket, averaged over a second
CHECK_EVERY = 1.0  # seconds between looks at the run's files

# Close codes of RFC 6455, section 7.4.1.
UNSUPPORTED, POLICY, TOO_BIG, TRY_LATER = 1003, 1008, 1009, 1013


def same_origin(origin: str, host: str | None) -> bool:
    """Whether a browser on this very server asks."""
    return urlparse(origin).netloc == host


class LiveRoute:
    """The route's state: the open run and its twin with their decode queues, and the number of
    sockets.

    current: gives the loaded run. allowed_origin: says of another origin whether it may ask. twin:
    gives the run whose map lies beside that of the loaded one. Both raise RunError.
    """

    def __init__(
        self,
        current: Callable[[], Loaded],
        allowed_origin: Callable[[str], bool] | None = None,
        twin: Callable[[], Loaded] | None = None,
    ):
        self._open, self._twin = _Open(current), _Open(twin or _no_twin)
        self._allowed_origin = allowed_origin or (lambda origin: False)
        self._sockets = 0
        self._thread = ThreadPoolExecutor(1, "map")  # one, so that many maps leave faces a core

    @property
    def route(self) -> WebSocketRoute:
        """To be given to the server."""
        return WebSocketRoute(PATH, self.serve)

    async def serve(self, socket: WebSocket) -> None:
        """One view of a page, until it goes away."""
        origin, host = socket.headers.get("origin"), socket.headers.get("host")
        # Programs send no origin and may ask, too.
        if origin is not None and not (same_origin(origin, host) or self._allowed_origin(origin)):
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
                answer = await self._answer(text)
            except Refused as refused:
                answer = refusal(refused)
            if isinstance(answer, bytes):
                await socket.send_bytes(answer)
            else:
                await socket.send_text(answer)

    async def _answer(self, text: str) -> bytes | str:
        number, asked, of_twin = parse_message(text)
        try:
            loaded, queues = await (self._twin if of_twin else self._open).now()
            run, support = loaded.run, None
            if isinstance(asked, PlaceOf):
                found = await self._aside(whereabouts, run, asked.layout, asked.recipe)
                return place_answer(number, found)
            if isinstance(asked, BlendAt):
                like = (await self._open.now())[0].run if of_twin else None
                codes, support = await self._aside(_blended, run, asked, like)
                drawn_by = [loaded.named(asked.renderer)] * len(codes)
            else:
                codes = await self._composed(asked.recipes, run.space)
                drawn_by = [loaded.renderer_of(recipe) for recipe in asked.recipes]
        except ValueError as error:  # RecipeError, LayoutError, RunError
            raise Refused(number, str(error)) from error
        decoded = await _decoded(codes, drawn_by, queues)
        return pictures_answer(number, decoded.pictures, decoded.milliseconds, support)

    async def _composed(self, recipes: list[Recipe], space: LatentSpace) -> np.ndarray:
        """Codes (B, D); what the flow has to draw first is drawn in a thread, one by one, so that
        faces that others wait for come in between."""
        codes = []
        for recipe in recipes:
            quick = is_quick(recipe, space)
            code = compose(recipe, space) if quick else await self._aside(compose, recipe, space)
            codes.append(code)
        return np.stack(codes)

    async def _aside(self, compute: Callable, *arguments: Any) -> Any:
        """Compute in a thread: the first question about a layout takes long on a large map, and a
        face of the flow some ten milliseconds."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, compute, *arguments)


class _Open:
    """A run that may change on disk, with a decode queue for each of its renderers."""

    def __init__(self, current: Callable[[], Loaded]):
        self._current = current
        self._now: tuple[Loaded, _Queues] | None = None
        self._checked_at = -math.inf

    async def now(self) -> tuple[Loaded, "_Queues"]:
        """The run as it is now, or was less than CHECK_EVERY ago. Raises RunError."""
        now = asyncio.get_running_loop().time()
        if self._now is None or now - self._checked_at > CHECK_EVERY:
            self._checked_at = now  # the messages behind this one do not wait for a new run
            try:
                loaded = await asyncio.to_thread(self._current)
            except ValueError:  # RunError
                self._now = None
                raise
            if self._now is None or self._now[0] is not loaded:
                self._now = loaded, _Queues()
        return self._now


class _Queues(dict[Renderer, DecodeQueue]):
    """Renderer -> its queue, made when it is first needed."""

    def __missing__(self, renderer: Renderer) -> DecodeQueue:
        return self.setdefault(renderer, DecodeQueue(renderer))


async def _decoded(codes: np.ndarray, drawn_by: list[Renderer], queues: _Queues) -> Decoded:
    """Pictures of codes (B, D), each by its own of B renderers; those of one wait as one batch."""
    if len(set(drawn_by)) == 1:
        return await queues[drawn_by[0]].decode(codes)
    rows = {
        renderer: [k for k, its in enumerate(drawn_by) if its is renderer]
        for renderer in dict.fromkeys(drawn_by)
    }
    parts = await asyncio.gather(
        *(queues[renderer].decode(codes[own]) for renderer, own in rows.items())
    )
    order = np.argsort([k for own in rows.values() for k in own])
    pictures = np.concatenate([part.pictures for part in parts])[order]
    return Decoded(pictures, sum(part.milliseconds for part in parts))


def _no_twin() -> Loaded:
    raise RunError("a run beside the open one", "none", "ask without twin")


def _blended(run: Run, asked: BlendAt, like: Run | None) -> Blended:
    found = layout_beside(run, like, asked.layout) if like else layout(run, asked.layout)
    return found.blend.at(asked.points)
