"""Who is let in, to all routes of the process, Streamlit's among them, before any is asked.

A page of another site must not speak through the browser of a visitor, so a WebSocket is opened
only for pages of this very host, or of an origin that `server.corsAllowedOrigins` names. Where
`server.allowedHosts` is set, requests by other names get nothing. Nothing is looked up to decide.
"""

from collections import Counter
from collections.abc import Callable, Collection
from urllib.parse import urlparse

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# WebSockets of one address; a page has three to five, and Streamlit's own.
MOST_OF_ADDRESS = 128


class Gate:
    """ASGI middleware.

    host_allowed: says of a Host header, None where there is none, whether it is served.
    origins: gives other origins that may ask, "https://name:port", or "*" for all. always: paths
    that are answered whatever the host is called, as checks of health call it by its number.
    closed: paths below which nobody is answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        host_allowed: Callable[[str | None], bool] = lambda host: True,
        origins: Callable[[], Collection[str]] = tuple,
        always: Collection[str] = (),
        closed: Collection[str] = (),
    ):
        self._app = app
        self._host_allowed, self._origins, self._always = host_allowed, origins, always
        self._closed = tuple(closed)
        self._sockets: Counter[str] = Counter()  # address -> those that are open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host")
        if scope["path"] not in self._always and not self._host_allowed(host):
            await _refuse(scope, receive, send, 403, "expected a host that this server serves")
            return
        if self._closed and scope["path"].startswith(self._closed):
            await _refuse(scope, receive, send, 403, "expected nothing here: it is closed")
            return
        if scope["type"] == "http":
            await self._app(scope, receive, send)
            return
        # Programs send no origin and may ask, too.
        origin = headers.get("origin")
        if origin is not None and not self._may_ask(origin, host):
            await _refuse(scope, receive, send, 403, "expected a page of this server")
            return
        address = scope["client"][0] if scope.get("client") else ""
        if self._sockets[address] >= MOST_OF_ADDRESS:
            reason = f"{MOST_OF_ADDRESS} connections of this address are open"
            await _refuse(scope, receive, send, 429, reason)
            return
        self._sockets[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._sockets[address] -= 1
            if not self._sockets[address]:
                del self._sockets[address]

    def _may_ask(self, origin: str, host: str | None) -> bool:
        try:
            own = urlparse(origin).netloc
        except ValueError:  # malformed
            return False
        allowed = self._origins()
        return (bool(own) and own == host) or origin in allowed or "*" in allowed


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get(
        "extensions", {}
    ):
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    # Starlette's answers know how to refuse a WebSocket before it is opened.
    await PlainTextResponse(f"{reason}\n", status)(scope, receive, send)
