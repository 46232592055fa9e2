"""A second renderer of the same codes stands wherever the first one does."""

import asyncio
import json

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.decoding.decode_queue import DecodeQueue
from explorer.decoding.renderer import Renderer, checked
from explorer.editor.export import face_png
from explorer.judge.report_card import judge_edit
from explorer.judge.scorer import Scorer
from explorer.live.messages import HEADER
from explorer.live.route import PATH, LiveRoute
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded, open_run


class Mirrored:
    """Draws what another renderer draws, left and right exchanged; knows nothing of networks."""

    def __init__(self, other: Renderer):
        self.device, self.latent, self.shape = other.device, other.latent, other.shape
        self._other = other

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return self._other.decode(codes)[:, :, ::-1]


@pytest.fixture
def usual(drawn_run) -> Loaded:
    """The drawn run with its decoder."""
    return open_run(drawn_run)


@pytest.fixture
def mirrored(usual: Loaded) -> Loaded:
    """The same run, drawn by the other renderer."""
    return usual._replace(renderer=Mirrored(usual.renderer))


def levels_apart(a: np.ndarray, b: np.ndarray) -> int:
    return np.abs(a.astype(int) - b).max()


def test_the_queue_takes_it(usual: Loaded, mirrored: Loaded):
    codes = usual.run.faces.mean[:3]

    async def ask():
        return await DecodeQueue(mirrored.renderer).decode(codes)

    expected = usual.renderer.decode(codes)[:, :, ::-1]
    assert levels_apart(asyncio.run(ask()).pictures, expected) <= 1


def test_the_live_route_answers_by_it(usual: Loaded, mirrored: Loaded):
    client = TestClient(Starlette(routes=[LiveRoute(lambda: mirrored).route]))
    with client.websocket_connect(PATH) as socket:
        socket.send_text(json.dumps({"number": 1, "recipes": [Recipe().to_data()]}))
        answer = socket.receive_bytes()
    picture = np.frombuffer(answer, np.uint8, offset=HEADER.size).reshape(usual.renderer.shape)
    (expected,) = usual.renderer.decode(compose(Recipe(), usual.run.space)[None])
    assert levels_apart(picture, expected[:, ::-1]) <= 1


def test_exports_and_the_report_card_take_it(usual: Loaded, mirrored: Loaded):
    space, scorer = usual.run.space, Scorer(device="cpu")
    attribute = next(iter(space.vectors))
    edit = Recipe(attributes={attribute: 2.0})
    codes = np.stack([compose(recipe, space) for recipe in (Recipe(), edit)])
    made = [face_png(edit, space, opened.renderer.decode, 1) for opened in (usual, mirrored)]
    assert made[0] != made[1]
    targets = {attribute: 2.0}
    report = judge_edit(mirrored.run, mirrored.renderer, scorer, codes, targets)
    before, after = scorer.scores(mirrored.renderer.decode(codes))
    np.testing.assert_allclose(report.change, after - before, atol=1e-4)


def test_codes_are_copied_as_float32():
    given = np.zeros((2, 3))
    found = checked(given, 3)
    found[0, 0] = 1
    assert (found.dtype, given[0, 0]) == (np.float32, 0)
