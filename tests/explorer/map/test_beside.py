"""The map of another run, laid beside: the same places for the same faces, whatever their order."""

import json
from dataclasses import replace

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.live.messages import HEADER
from explorer.live.route import PATH as LIVE
from explorer.live.route import LiveRoute
from explorer.map.beside import beside_key, layout_beside
from explorer.map.layouts import LayoutError, layout
from explorer.map.route import PATH, MapRoute
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import methods_of
from explorer.run.loaded import Loaded, open_run
from explorer.run.run import Run, run_key

LAYOUT = "attributes/umap2"
rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def loaded(drawn_run) -> Loaded:
    return open_run(drawn_run)


@pytest.fixture(scope="module")
def twin(loaded: Loaded) -> Run:
    """The same faces in another order, on maps that were turned, mirrored and moved."""
    run = loaded.run
    order = rng.permutation(len(run.faces))
    moved = {}
    for name, dims in (("umap2", 2), ("umap3", 3)):
        turn = np.linalg.qr(rng.standard_normal((dims, dims)))[0]
        moved[name] = (getattr(run.face_map, name)[:, order] @ turn + 5).astype(np.float32)
    face_map = replace(run.face_map, ids=run.face_map.ids[order], **moved)
    return replace(run, faces=run.faces.take(order), face_map=face_map)


@pytest.mark.parametrize("name", [LAYOUT, "codes/umap3", "attributes/pca2"])
def test_the_same_face_comes_to_lie_in_the_same_place(loaded: Loaded, twin: Run, name: str):
    found, like = layout_beside(twin, loaded.run, name), layout(loaded.run, name)
    row_of = {face: row for row, face in enumerate(loaded.run.faces.ids)}
    rows = [row_of[face] for face in twin.faces.ids]
    np.testing.assert_allclose(found.positions, like.positions[rows], atol=1e-3)


def test_runs_without_faces_in_common_and_unknown_layouts_are_refused(loaded: Loaded, twin: Run):
    faces = replace(twin.faces, ids=np.array([f"x{name}" for name in twin.faces.ids]))
    with pytest.raises(ValueError, match="expected maps of the same faces; found 0 in both"):
        layout_beside(replace(twin, faces=faces), loaded.run, LAYOUT)
    with pytest.raises(LayoutError):
        layout_beside(twin, loaded.run, "Wings/axes2")


def test_the_map_route_serves_the_twin_under_a_key_of_both(loaded: Loaded, twin: Run):
    client = TestClient(Starlette(routes=[MapRoute(lambda: loaded.run, lambda: twin).route]))
    key = beside_key(twin, loaded.run)
    assert key != run_key(loaded.run)
    found = np.frombuffer(client.get(f"{PATH}/{key}/positions/{LAYOUT}").content, "<f4")
    expected = layout_beside(twin, loaded.run, LAYOUT).positions
    np.testing.assert_array_equal(found.reshape(-1, 2), expected)
    assert client.get(f"{PATH}/{key}/ids").text.split("\n") == list(twin.faces.ids)
    own = client.get(f"{PATH}/{run_key(loaded.run)}/positions/{LAYOUT}").content
    np.testing.assert_array_equal(
        np.frombuffer(own, "<f4").reshape(-1, 2), layout(loaded.run, LAYOUT).positions
    )
    assert client.get(f"{PATH}/0123456789abcdef/ids").status_code == 404


def test_the_live_route_decodes_on_the_twins_map(loaded, twin):
    route = LiveRoute(lambda: loaded, twin=lambda: loaded._replace(run=twin)).route
    point = layout_beside(twin, loaded.run, LAYOUT).positions.mean(0)
    blend = {"blend": {"points": [point.tolist()], "layout": LAYOUT}, "number": 1, "twin": True}
    with TestClient(Starlette(routes=[route])).websocket_connect(LIVE) as socket:
        socket.send_text(json.dumps(blend))
        answer = socket.receive_bytes()
        socket.send_text(json.dumps({**blend, "twin": 1}))
        assert "expected twin: true" in json.loads(socket.receive_text())["error"]
    code = layout_beside(twin, loaded.run, LAYOUT).blend.at(point[None]).codes
    picture = np.frombuffer(answer[:-4], np.uint8, offset=HEADER.size).reshape(64, 64, 3)
    assert np.abs(picture.astype(int) - loaded.renderer.decode(code)[0]).max() <= 1


def test_the_twins_map_places_what_both_runs_understand(loaded: Loaded, twin: Run):
    attribute, name = min(twin.space.vectors), str(twin.faces.ids[0])
    edited = Recipe(Source("picture", name), attributes={attribute: 1.0}, method="elected")
    route = LiveRoute(lambda: loaded, twin=lambda: loaded._replace(run=twin)).route
    with TestClient(Starlette(routes=[route])).websocket_connect(LIVE) as socket:

        def answer(recipe: Recipe) -> dict:
            place = {"recipe": recipe.to_data(), "layout": LAYOUT}
            socket.send_text(json.dumps({"number": 1, "twin": True, "place": place}))
            return json.loads(socket.receive_text())

        found = answer(edited)["place"]
        for strange in (
            Recipe(Source("seed", 1)),
            Recipe(Source("picture", name), dimensions={0: 1.0}),
        ):
            assert "on the twin's map" in answer(strange)["error"]
    code = compose(edited.changed(method=methods_of(twin.space)[-1]), twin.space)
    expected = layout_beside(twin, loaded.run, LAYOUT).place(code)
    np.testing.assert_allclose(found["position"], expected.position, atol=1e-5)
    assert found["confidence"] == pytest.approx(expected.confidence)


def test_without_a_twin_the_live_route_says_so(loaded: Loaded):
    client = TestClient(Starlette(routes=[LiveRoute(lambda: loaded).route]))
    with client.websocket_connect(LIVE) as socket:
        message = {"number": 1, "twin": True, "recipes": [Recipe().to_data()]}
        socket.send_text(json.dumps(message))
        assert "a run beside the open one" in json.loads(socket.receive_text())["error"]
