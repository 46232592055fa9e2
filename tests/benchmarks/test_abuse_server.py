"""The short form of `python -m benchmarks abuse`: hostile messages to a route with a real run."""

import json
import random

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from benchmarks.abuse_server import hostile
from explorer.live.route import PATH, LiveRoute
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import open_run

MESSAGES = 400


@pytest.mark.parametrize("seed", range(2))
def test_hostile_messages_are_answered_and_faces_go_on(drawn_run, seed: int):
    loaded, rng = open_run(drawn_run), random.Random(seed)
    kinds = {"pictures": 0, "reasons": 0, "closed": 0}
    with TestClient(Starlette(routes=[LiveRoute(lambda: loaded).route])) as client:
        sent = 0
        while sent < MESSAGES:
            with client.websocket_connect(PATH) as socket:
                try:
                    while sent < MESSAGES:
                        sent += 1
                        socket.send_text(hostile(rng))
                        answer = socket.receive()
                        if answer["type"] == "websocket.close":
                            raise WebSocketDisconnect(answer["code"])
                        if answer.get("bytes"):
                            kinds["pictures"] += 1
                        else:
                            reason = json.loads(answer["text"])["error"]
                            assert "fault of the server" not in reason
                            kinds["reasons"] += 1
                except WebSocketDisconnect as closed:
                    kinds["closed"] += closed.code in (1003, 1008, 1009)
        with client.websocket_connect(PATH) as socket:
            socket.send_text(json.dumps({"number": 1, "recipes": [Recipe().to_data()]}))
            assert socket.receive_bytes()
    assert sum(kinds.values()) == MESSAGES
    assert kinds["pictures"] > 10
    assert kinds["reasons"] > 100
