"""Who is let in: by host, by origin and by how many are there, for every kind of route."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from explorer.server import gate
from explorer.server.gate import Gate


async def say(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.receive()


def client(**options) -> TestClient:
    routes = [Route("/", say), Route("/health", say), WebSocketRoute("/live", greet)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Gate, **options)]))


def greeted(client: TestClient, **headers: str) -> bool:
    with client.websocket_connect("/live", headers=headers) as socket:
        return socket.receive_text() == "hello"


def status(client: TestClient, **headers: str) -> int:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/live", headers=headers),
    ):
        pass
    return refused.value.status_code


def test_what_is_closed_answers_nobody():
    asking = client(closed=["/_stcore/upload_file"])
    for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS"):
        assert asking.request(method, "/_stcore/upload_file/mine/1").status_code == 403
    assert asking.get("/").text == "hello"


def test_pages_of_this_server_and_programs_may_ask():
    assert greeted(client())
    assert greeted(client(), origin="http://testserver")
    assert greeted(client(), origin="https://faces.example:8443", host="faces.example:8443")


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "http://testserver.elsewhere.example",
        "http://testserver:81",
        "null",
        "",
        "http://[",  # no address: urlparse raises
        "http://[::1",
        "//",
        "http://\x00",
        "x" * 5000,
    ],
)
def test_others_are_forbidden_and_malformed_origins_too(origin: str):
    assert status(client(), origin=origin) == 403


def test_other_origins_that_are_named_may_ask():
    named = client(origins=lambda: {"https://elsewhere.example"})
    assert greeted(named, origin="https://elsewhere.example")
    assert status(named, origin="http://elsewhere.example") == 403
    assert greeted(client(origins=lambda: {"*"}), origin="https://anywhere.example")


def test_a_host_that_is_not_served_gets_nothing_but_health():
    named = client(host_allowed=lambda host: host == "faces.example", always=("/health",))
    assert named.get("/", headers={"host": "faces.example"}).text == "hello"
    assert named.get("/").status_code == 403
    assert named.get("/health").text == "hello"
    assert status(named) == 403
    assert greeted(named, host="faces.example")


def test_so_many_of_one_address_and_a_place_is_free_when_one_leaves(monkeypatch):
    monkeypatch.setattr(gate, "MOST_OF_ADDRESS", 2)
    full = client()
    with full.websocket_connect("/live"), full.websocket_connect("/live"):
        assert status(full) == 429
        assert full.get("/").text == "hello"
        other = TestClient(full.app, client=("192.0.2.1", 1))
        assert greeted(other)
    assert greeted(full)
