"""All own routes lie below the path of the server, and nothing else is taken by them."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from explorer.server.addresses import below


async def say(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.path)


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


OWN = [
    Route("/", say),
    Route("/components/{name}", say),
    Mount("/map", routes=[Route("/{key}/ids", say)]),
    WebSocketRoute("/live", greet),
]
OTHERS = [Mount("/", routes=[Route("/{path:path}", lambda _: PlainTextResponse("streamlit"))])]


@pytest.mark.parametrize(("base", "at"), [("", ""), ("explorer", "/explorer"), ("/a/b/", "/a/b")])
def test_every_kind_of_route_lies_below_the_path(base: str, at: str):
    client = TestClient(Starlette(routes=[*below(base, OWN), *OTHERS]))
    for path in ("/", "/components/x", "/map/key/ids"):
        assert client.get(at + path).text == at + path
    with client.websocket_connect(f"{at}/live") as socket:
        assert socket.receive_text() == "hello"
    assert client.get(f"{at}/_stcore/health").text == "streamlit"


def test_the_path_alone_leads_to_the_page_whatever_a_proxy_calls_it():
    client = TestClient(Starlette(routes=below("a/b", OWN)), follow_redirects=False)
    answer = client.get("/a/b?recipe=1")
    assert answer.status_code == 307
    assert answer.headers["location"] == "b/?recipe=1"
    followed = TestClient(Starlette(routes=below("a/b", OWN))).get("/a/b?recipe=1")
    assert (followed.text, followed.url.query) == ("/a/b/", b"recipe=1")
