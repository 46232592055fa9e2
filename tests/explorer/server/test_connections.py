"""What one client may hold: a real server, and clients that stop half-way."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from explorer.server import connections
from explorer.server.connections import Room, guard, guard_running, most_connections

PATIENCE = 60.0  # seconds, on a busy machine
SOON = 0.2
HALF = b"POST / HTTP/1.1\r\nHost: here\r\n"


async def say(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def echo(live: WebSocket) -> None:
    await live.accept()
    async for text in live.iter_text():
        await live.send_text(f"{len(text)} characters")


@pytest.fixture(params=["httptools", "h11"])
def port(request, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where a guarded server listens whose patience is short; of either parser of uvicorn."""
    for name in ("HEADER_SECONDS", "BODY_SECONDS", "MESSAGE_SECONDS"):
        monkeypatch.setattr(connections, name, SOON)
    monkeypatch.setattr(connections, "LARGEST_MESSAGE", 100_000)
    with served(request.param) as port:
        yield port


@contextlib.contextmanager
def served(http: str = "auto", **options) -> Iterator[int]:
    app = Starlette(routes=[Route("/", say, methods=["POST"]), WebSocketRoute("/live", echo)])
    config = uvicorn.Config(
        app, http=http, ws="websockets-sansio", log_level="critical", lifespan="off", **options
    )
    guard(config)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server ends it."""
    connection.settimeout(PATIENCE)
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            found += part
    return found


@pytest.mark.parametrize("sent", [b"", HALF, HALF + b"Content-Length: 10\r\n\r\nhalf"])
def test_who_stops_half_way_is_cut_off(port: int, sent: bytes):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        assert rest(connection) == b""


def test_a_second_request_that_stops_half_way_is_cut_off(port: int):
    whole = HALF + b"Content-Length: 4\r\n\r\nfour"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(whole)
        connection.settimeout(PATIENCE)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(HALF)
        assert b"HTTP/1.1 200" not in rest(connection)


def test_whole_requests_are_answered_and_sockets_stay(port: int):
    with connect(f"ws://127.0.0.1:{port}/live") as live:
        for count in (1, 50_000):
            live.send("x" * count)
            assert live.recv(timeout=PATIENCE) == f"{count} characters"
        done = threading.Event()
        done.wait(3 * SOON)  # nothing is half-way
        live.send("xx")
        assert live.recv(timeout=PATIENCE) == "2 characters"


@pytest.mark.parametrize("fragments", [True, False])
def test_a_message_that_is_half_sent_is_cut_off(port: int, fragments: bool):
    with connect(f"ws://127.0.0.1:{port}/live") as live:
        if fragments:
            live.socket.sendall(b"\x01\x84\x00\x00\x00\x00half")  # text, not final
        else:
            live.socket.sendall(b"\x81\xfe\x10\x00\x00\x00\x00\x00half")  # 4 of 4,096
        with pytest.raises(ConnectionClosedError):
            live.recv(timeout=PATIENCE)


def test_the_socket_itself_refuses_a_message_too_long(port: int):
    with connect(f"ws://127.0.0.1:{port}/live") as live:
        with contextlib.suppress(ConnectionClosedError):
            live.send("x" * 200_000)
        with pytest.raises(ConnectionClosedError) as closed:
            live.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_so_many_of_one_address_unless_it_is_a_proxy(monkeypatch):
    monkeypatch.setattr(connections, "MOST_OF_ADDRESS", 2)
    for trusted, answered in (("192.0.2.1", False), ("127.0.0.1", True)):
        with served(forwarded_allow_ips=trusted) as port, contextlib.ExitStack() as several:
            held = [several.enter_context(connect(f"ws://127.0.0.1:{port}/live")) for _ in range(2)]
            assert len(held) == 2
            with socket.create_connection(("127.0.0.1", port)) as third:
                with contextlib.suppress(ConnectionError):
                    third.sendall(HALF + b"Connection: close\r\n\r\n")
                assert rest(third).startswith(b"HTTP/1.1 200") == answered
            held[0].close()
            with connect(f"ws://127.0.0.1:{port}/live") as again:
                again.send("x")
                assert again.recv(timeout=PATIENCE) == "1 characters"


def test_there_is_room_for_so_many_in_all():
    room = Room(most=3, trusted=["127.0.0.1"])
    assert [room.enter(k, "127.0.0.1") for k in range(4)] == [True, True, True, False]
    room.leave(3)  # it never entered
    room.leave(0)
    assert room.enter(4, "192.0.2.7")
    assert not room.enter(5, "192.0.2.8")


def test_connections_leave_files_to_spare():
    resource = pytest.importorskip("resource")
    most = most_connections()
    assert 16 <= most < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_the_server_that_runs_is_found_and_guarded_once():
    server = uvicorn.Server(uvicorn.Config(Starlette(), ws="websockets-sansio"))

    async def twice() -> list[type]:
        guard_running()
        first = server.config.http_protocol_class
        guard_running()
        return [first, server.config.http_protocol_class]

    first, second = asyncio.run(twice())
    assert first is second
    assert issubclass(first, connections._GuardedHttp)
    assert server.config.ws_max_size == connections.LARGEST_MESSAGE
