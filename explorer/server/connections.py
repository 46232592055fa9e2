"""What one client may hold of the server: connections, unfinished requests, unfinished messages.

uvicorn waits for ever for the rest of a header and of a WebSocket message, and Streamlit lets one
message be 200 MB. Its classes for connections are replaced by ones that do the same and look at the
clock. A limit for each address would shut out everybody behind a proxy, so addresses that
`--forwarded-allow-ips` or FORWARDED_ALLOW_IPS trusts have none here, but in gate.py.
"""

import asyncio
import gc
from typing import Any

import uvicorn

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

LARGEST_MESSAGE = 8 * 1024 * 1024  # bytes of a WebSocket message; an own photo is in one
HEADER_SECONDS = 10.0  # until the headers of a request are there
BODY_SECONDS = 120.0  # until the body is
MESSAGE_SECONDS = 20.0  # until the rest of a WebSocket message is
MOST_OF_ADDRESS = 256  # connections
MOST_FILES = 8192  # as many as the system allows, at most
SPARE_FILES = 256  # for everything but connections


def guard_running() -> None:
    """Guard the servers of this process for all connections to come. Called before they listen."""
    for thing in gc.get_objects():
        # Not isinstance, for which some objects of torch warn that they are deprecated.
        if issubclass(type(thing), uvicorn.Server):
            guard(thing.config)


def guard(config: uvicorn.Config) -> None:
    """Replace the protocols of a loaded configuration by guarded ones."""
    if not config.loaded:
        config.load()
    http, sockets = config.http_protocol_class, config.ws_protocol_class
    trusted = config.forwarded_allow_ips or "127.0.0.1"
    room = Room(most_connections(), trusted if isinstance(trusted, list) else trusted.split(","))
    if not issubclass(http, _GuardedHttp):
        config.http_protocol_class = type("GuardedHttp", (_GuardedHttp, http), {"room": room})
    if sockets is not None and not issubclass(sockets, _GuardedSocket):
        config.ws_protocol_class = type("GuardedSocket", (_GuardedSocket, sockets), {"room": room})
    config.ws_max_size = LARGEST_MESSAGE


def most_connections() -> int:
    """As many as there can be files, with some to spare; asks the system for more at first.

    Beyond that, accepting a connection fails, and asyncio writes so into the log, for ever.
    """
    if resource is None:
        return MOST_FILES - SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = MOST_FILES if soft == resource.RLIM_INFINITY else min(soft, MOST_FILES)
    return max(16, files - min(SPARE_FILES, files // 2))


class Room:
    """How many connections there are, by the addresses that they come from.

    most: of all. trusted: addresses of proxies, which speak for many.
    """

    def __init__(self, most: int, trusted: list[str]):
        self._most, self._trusted = most, {name.strip() for name in trusted}
        self._open: dict[Any, str] = {}  # connection -> address
        self._of: dict[str, int] = {}

    def enter(self, connection: Any, address: str) -> bool:
        """Whether there is room for it."""
        limit = self._most if {address, "*"} & self._trusted else MOST_OF_ADDRESS
        if len(self._open) >= self._most or self._of.get(address, 0) >= limit:
            return False
        self._open[connection] = address
        self._of[address] = self._of.get(address, 0) + 1
        return True

    def leave(self, connection: Any) -> None:
        """A connection is closed; one that never entered may say so, too."""
        if (address := self._open.pop(connection, None)) is not None:
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]


class _Guarded:
    """A protocol with an alarm that cuts the connection off."""

    room: Room
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _alarm: asyncio.TimerHandle | None = None
    _for = ""  # what the alarm is for

    def _await(self, what: str, seconds: float) -> None:
        """Set the alarm, unless it is for this already; "" waits for nothing."""
        if what == self._for:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._for = what
        self._alarm = self.loop.call_later(seconds, self.transport.abort) if what else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._await("", 0)
        self.room.leave(self.transport)
        super().connection_lost(exc)  # type: ignore[misc]


class _GuardedHttp(_Guarded):
    """Mixed into one of uvicorn's protocols for HTTP, of httptools or h11."""

    cycle: Any
    client: tuple[str, int] | None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        # A WebSocket goes on in the same transport, whose place it keeps.
        if self.room.enter(transport, self.client[0] if self.client else ""):
            self._await("headers", HEADER_SECONDS)
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)  # type: ignore[misc]
        if not isinstance(self.transport.get_protocol(), _GuardedHttp):  # it is a WebSocket now
            self._await("", 0)
        elif self.cycle is None or self.cycle.response_complete:
            self._await("headers", HEADER_SECONDS)
        elif self.cycle.more_body:
            self._await("body", BODY_SECONDS)
        else:
            self._await("", 0)


class _GuardedSocket(_Guarded):
    """Mixed into uvicorn's protocol for WebSockets."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)  # type: ignore[misc]
        reader = getattr(getattr(self, "conn", None), "reader", None)
        half = getattr(self, "frames", None) or getattr(reader, "buffer", None)
        # While nothing is read from it, the rest may well have been sent.
        waits = half and not getattr(self, "read_paused", False)
        self._await("message" if waits else "", MESSAGE_SECONDS)
