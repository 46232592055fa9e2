"""The live route: what a page asks while a hand moves, over WebSockets beside Streamlit's own.

Each view of a page sends one message and waits for its answer before the next, see
explorer/live/messages.py. What cannot be met is answered by the reason; the socket stays open then.
The event loop carries messages only: codes are composed and drawn by explorer/decoding, what takes
longer than a picture is computed aside, and in both the sockets take turns by how much work they
ask for. Reasons are in the language that a socket's address names, `?language=de`, else in English.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Hashable
from contextvars import copy_context
from functools import partial
from typing import Any

import numpy as np
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer.decoding.decode_queue import CannotDraw, DecodeQueue, Wanted
from explorer.language.errors import told
from explorer.language.text import _, speaking
from explorer.live.aside import Aside
from explorer.live.messages import (
    HEADER,
    MOST_RECIPES,
    BlendAt,
    PicturesOf,
    PlaceOf,
    Question,
    Refused,
    parse_message,
    pictures_answer,
    place_answer,
    refusal,
)
from explorer.live.work import (
    PLACE_MS,
    POINT_MS,
    QUICK_MESSAGE,
    QUICK_MS,
    composing,
    parsing,
)
from explorer.map.beside import layout_beside
from explorer.map.blend import Blended
from explorer.map.layouts import layout
from explorer.map.whereabouts import whereabouts
from explorer.recipe.compose import compose, is_quick
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded
from explorer.run.run import Run
from training.run.run_folder import RunError

PATH = "/live"
LARGEST_MESSAGE = 768 * 1024  # characters; a strip of a mix of faces with every slider moved
SHORT_MESSAGE = 2 * 1024  # characters; a face or a few
MOST_SOCKETS = 512  # in this process; a page takes three, five with a twin's map
FASTEST = 200.0  # messages a second from one socket, averaged over a second
MOST_WORK_MS = 3000.0  # of composing the recipes of one message
SILENT_FOR = 600.0  # seconds without a message until a socket is closed; pages open another one
CHECK_EVERY = 1.0  # seconds between looks at the run's files

# Close codes of RFC 6455, section 7.4.1, and one of our own, which live_socket.js knows.
UNSUPPORTED, POLICY, TOO_BIG, TRY_LATER, SILENT = 1003, 1008, 1009, 1013, 4408
# What live_socket.js has to know: bytes before the pictures of an answer, recipes in a message.
SOCKET = {"path": PATH, "header": HEADER.size, "most": MOST_RECIPES}

log = logging.getLogger(__name__)


class LiveRoute:
    """The route's state: the open run and its twin, the queue that draws, and the sockets.

    current: gives the loaded run. twin: gives the run whose map lies beside that of the loaded one.
    Both raise RunError.
    """

    def __init__(
        self, current: Callable[[], Loaded], twin: Callable[[], Loaded] | None = None
    ) -> None:
        self._open, self._twin = _Open(current), _Open(twin or _no_twin)
        self._sockets = 0
        self._queue, self._aside = DecodeQueue(), Aside()

    @property
    def route(self) -> WebSocketRoute:
        """To be given to the server."""
        return WebSocketRoute(PATH, self.serve)

    async def serve(self, socket: WebSocket) -> None:
        """One view of a page, until it goes away."""
        with speaking(socket.query_params.get("language")):
            await self._serve(socket)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        if self._sockets >= MOST_SOCKETS:
            reason = _("{most} connections are open; try again later").format(most=MOST_SOCKETS)
            await socket.close(TRY_LATER, reason)
            return
        self._sockets += 1
        try:
            await self._converse(socket)
        except WebSocketDisconnect:
            pass  # the page went away
        finally:
            self._sockets -= 1

    async def draws(self) -> None:
        """Draw a face of the open run. Raises RunError, CannotDraw, Busy where that cannot be."""
        loaded = await self._open.now()
        await self._drawn(self, loaded, [loaded.run.first_recipe])

    async def _converse(self, socket: WebSocket) -> None:
        clock = asyncio.get_running_loop().time
        budget, last = FASTEST, clock()
        coming: asyncio.Future[str] | None = None  # what comes next, where it was looked for
        try:
            while True:
                try:
                    async with asyncio.timeout(SILENT_FOR):
                        text = await (coming or socket.receive_text())
                except KeyError:  # what Starlette raises for bytes
                    await socket.close(UNSUPPORTED, _("expected text"))
                    return
                except TimeoutError:
                    await socket.close(SILENT, _("nothing was asked for a long time"))
                    return
                now, coming = clock(), None
                budget, last = min(FASTEST, budget + (now - last) * FASTEST) - 1, now
                if budget < 0:
                    reason = _("expected at most {most} messages a second")
                    await socket.close(POLICY, reason.format(most=round(FASTEST)))
                    return
                if len(text) > LARGEST_MESSAGE:
                    reason = _("expected at most {most} characters")
                    await socket.close(TOO_BIG, reason.format(most=LARGEST_MESSAGE))
                    return
                answering: Awaitable[bytes | str] = self._answered(socket, text)
                if len(text) > SHORT_MESSAGE:  # there may be much to be saved
                    coming = asyncio.ensure_future(socket.receive_text())
                    answering = _unless_gone(coming, answering)
                answer = await answering
                if isinstance(answer, bytes):
                    await socket.send_bytes(answer)
                else:
                    await socket.send_text(answer)
        finally:
            if coming is not None:
                coming.cancel()

    async def _answered(self, owner: Hashable, text: str) -> bytes | str:
        try:
            return await self._answer(owner, text)
        except Refused as refused:
            return refusal(refused)

    async def _answer(self, owner: Hashable, text: str) -> bytes | str:
        """owner: in whose name it is asked."""
        if len(text) <= QUICK_MESSAGE:
            number, asked, of_twin = parse_message(text)
        else:
            number, asked, of_twin = await self._parsed(owner, text)
        try:
            return await self._met(owner, number, asked, of_twin)
        except (ValueError, CannotDraw) as error:  # RecipeError, LayoutError, RunError, Busy
            raise Refused(number, told(error)) from error
        except Exception as error:  # ours to mend; the page goes on
            log.exception("a message could not be met")
            reason = _("expected an answer; found a fault of the server: {error}")
            raise Refused(number, reason.format(error=type(error).__name__)) from error

    async def _parsed(self, owner: Hashable, text: str) -> tuple[int, Question, bool]:
        try:
            return await self._aside.compute(owner, parsing(text), parse_message, text)
        except Refused:
            raise
        except ValueError as error:  # Busy
            raise Refused(None, str(error)) from error

    async def _met(
        self, owner: Hashable, number: int, asked: Question, of_twin: bool
    ) -> bytes | str:
        loaded = await (self._twin if of_twin else self._open).now()
        like = (await self._open.now()).run if of_twin else None
        if isinstance(asked, PlaceOf):
            found = await self._aside.compute(
                owner,
                PLACE_MS + composing([asked.recipe], loaded.run.space),
                *(whereabouts, loaded.run, asked.layout, asked.recipe, like),
            )
            return place_answer(number, found)
        if isinstance(asked, PicturesOf):
            pictures, milliseconds = await self._drawn(owner, loaded, asked.recipes)
            return pictures_answer(number, pictures, milliseconds)
        cost = POINT_MS * len(asked.points)
        codes, support = await self._aside.compute(owner, cost, _blended, loaded.run, asked, like)
        renderer = loaded.named(asked.renderer)
        drawn = await self._queue.draw(owner, [Wanted(renderer, _given(code)) for code in codes])
        return pictures_answer(number, drawn.pictures, drawn.milliseconds, support)

    async def _drawn(
        self, owner: Hashable, loaded: Loaded, recipes: list[Recipe]
    ) -> tuple[np.ndarray, float]:
        """Pictures of recipes, and the milliseconds of drawing them. Raises ValueError."""
        space = loaded.run.space
        if (work := composing(recipes, space)) > MOST_WORK_MS:
            raise ValueError(
                _(
                    "expected recipes that take {most:.0f} seconds at most; found some that take "
                    "{work:.0f}; ask for fewer faces, sliders or locks at once"
                ).format(most=MOST_WORK_MS / 1000, work=work / 1000)
            )
        wanted = []
        for recipe in recipes:
            if len(recipes) > 1:
                work = composing([recipe], space)
            # Composed in another thread, which is to speak as this one does.
            code: Callable[[], np.ndarray] = partial(copy_context().run, compose, recipe, space)
            if work > QUICK_MS or not is_quick(recipe, space):
                # One by one, so that what others wait for comes in between.
                code = _given(await self._aside.compute(owner, work, compose, recipe, space))
                work = 0.0
            wanted.append(Wanted(loaded.renderer_of(recipe), code, work))
        return await self._queue.draw(owner, wanted)


class _Open:
    """A run that may change on disk."""

    def __init__(self, current: Callable[[], Loaded]):
        self._current = current
        self._found: Loaded | ValueError | None = None
        self._checked_at = -math.inf
        self._checking = asyncio.Lock()  # whoever comes meanwhile has what is found

    async def now(self) -> Loaded:
        """The run as it is now, or was less than CHECK_EVERY ago. Raises RunError."""
        if self._stale:
            if isinstance(self._found, Loaded) and self._checking.locked():
                return self._found  # messages do not wait for a new run
            async with self._checking:
                if self._stale:
                    try:
                        self._found = await asyncio.to_thread(self._current)
                    except ValueError as error:  # RunError
                        self._found = error
                    self._checked_at = asyncio.get_running_loop().time()
        if isinstance(self._found, ValueError):
            raise self._found.with_traceback(None)
        assert self._found is not None
        return self._found

    @property
    def _stale(self) -> bool:
        return asyncio.get_running_loop().time() - self._checked_at > CHECK_EVERY


async def _unless_gone(
    coming: asyncio.Future[str], answering: Awaitable[bytes | str]
) -> bytes | str:
    """The answer; nothing more is computed for it once its asker has gone.

    coming: what the asker says next. Raises WebSocketDisconnect.
    """
    answer = asyncio.ensure_future(answering)
    try:
        either: set[asyncio.Future[Any]] = {answer, coming}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if coming.done() and isinstance(coming.exception(), WebSocketDisconnect):
            coming.result()
        return await answer
    finally:
        answer.cancel()


def _given(code: np.ndarray) -> Callable[[], np.ndarray]:
    return lambda: code


def _no_twin() -> Loaded:
    raise RunError("a run beside the open one", "none", "ask without twin")


def _blended(run: Run, asked: BlendAt, like: Run | None) -> Blended:
    found = layout_beside(run, like, asked.layout) if like else layout(run, asked.layout)
    return found.blend.at(asked.points)
