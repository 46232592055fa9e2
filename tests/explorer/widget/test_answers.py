"""What the kernel answers a widget, against what the routes of the server are made of."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.editor.ticks import slider_ticks
from explorer.live.messages import HEADER
from explorer.map.columns import column
from explorer.map.layouts import layout
from explorer.map.whereabouts import whereabouts
from explorer.recipe.code_text import code_from_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded, open_run
from explorer.widget.answers import answer, map_answer

LAYOUT = "attributes/umap2"


@pytest.fixture(scope="module")
def loaded(drawn_sharp_run: Path) -> Loaded:
    return open_run(drawn_sharp_run)


def asked(loaded: Loaded, **question: object) -> dict:
    return json.loads(answer(loaded, json.dumps({"number": 7, **question})))


def test_recipes_are_drawn_each_by_its_renderer(loaded: Loaded):
    picture = Source("picture", str(loaded.run.faces.ids[0]))
    recipes = [Recipe(picture), Recipe(picture, renderer="sharp"), Recipe(components={1: 2.0})]
    message = json.dumps({"number": 7, "recipes": [r.to_data() for r in recipes]})
    content = answer(loaded, message)
    number, count, side, _ = HEADER.unpack_from(content)
    assert (number, count, side) == (7, 3, 64)
    drawn = np.frombuffer(content, np.uint8, offset=HEADER.size).reshape(3, side, side, 3)
    for recipe, found in zip(recipes, drawn, strict=True):
        expected = loaded.renderer_of(recipe).decode(compose(recipe, loaded.run.space)[None])[0]
        assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.abs(drawn[0].astype(int) - drawn[1]).max() > 3


def test_places_blends_and_codes_of_places(loaded: Loaded):
    run = loaded.run
    recipe = Recipe(Source("picture", str(run.faces.ids[3])), components={1: 1.0})
    found = asked(loaded, place={"recipe": recipe.to_data(), "layout": LAYOUT})["place"]
    expected = whereabouts(run, LAYOUT, recipe)
    assert found["nearest"] == expected.rows.tolist()
    point = run.face_map.positions(LAYOUT)[5].astype(float).tolist()
    blend = {"points": [point], "layout": LAYOUT}
    content = answer(loaded, json.dumps({"number": 7, "blend": blend}))
    assert len(content) == HEADER.size + 64 * 64 * 3 + 4
    taken = asked(loaded, take={"place": point, "layout": LAYOUT})["code"]
    blended = layout(run, LAYOUT).blend.at(np.array([point], np.float32)).codes[0]
    np.testing.assert_allclose(code_from_text(taken), blended, atol=0.01)


def test_a_sum_of_faces_and_groups(loaded: Loaded):
    run = loaded.run
    name = str(next(n for n in run.faces.attributes if 0 < run.faces.label(n).mean() < 1))
    mean = {"recipe": Recipe().to_data(), "weight": 1}
    terms = [mean, {"attribute": name, "has": True, "weight": -1}]
    found = asked(loaded, sum=[*terms, {"attribute": name, "has": False, "weight": 1}])
    has = run.faces.label(name).astype(bool)
    codes = run.faces.mean
    expected = run.space.center - codes[has].mean(0) + codes[~has].mean(0)
    np.testing.assert_allclose(code_from_text(found["code"]), expected, atol=0.01)
    assert [part["faces"] for part in found["parts"]] == [None, has.sum(), (~has).sum()]


def test_what_sliders_tell_of_a_face(loaded: Loaded):
    recipe = Recipe(Source("picture", str(loaded.run.faces.ids[1])), locks=["Smiling"])
    found = asked(loaded, about=recipe.to_data())
    assert found["ticks"] == slider_ticks(recipe, loaded.run)
    assert found["removed"]["attributes"]
    assert all(0 < share <= 1 for of in found["removed"].values() for share in of.values())


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("{", "expected JSON"),
        ("[1]", "expected"),
        ('{"number": 7}', "one of recipes, place, blend"),
        ('{"number": 7, "recipes": [{"source": {"kind": "moon"}}]}', "the JSON of a recipe"),
        ('{"number": 7, "sum": [{"weight": 1, "attribute": "Purple", "has": true}]}', "Purple"),
        ('{"number": 7, "take": {"place": [0, 0], "layout": "moon/umap2"}}', "moon"),
        ('{"number": 7, "sum": 5}', "expected"),
    ],
)
def test_what_cannot_be_met_is_said(loaded: Loaded, message: str, said: str):
    assert said in json.loads(answer(loaded, message))["error"]


def test_the_map_answers_as_its_routes(loaded: Loaded):
    run = loaded.run
    told, body = map_answer(loaded, "/key/ids")
    assert told["status"] == 200
    assert body.decode().split("\n") == list(map(str, run.faces.ids))
    _, body = map_answer(loaded, "/key/positions/attributes/umap2")
    found = np.frombuffer(body, "<f4").reshape(-1, 2)
    np.testing.assert_array_equal(found, run.face_map.positions(LAYOUT))
    told, body = map_answer(loaded, "/key/column/slider%2Fcomponents%2F1")
    values, about = column(run, "slider/components/1")
    np.testing.assert_array_equal(np.frombuffer(body, np.uint8), values)
    assert json.loads(told["headers"]["Column"]) == about
    told, body = map_answer(loaded, f"/key/about/{run.faces.ids[0]}")
    assert "attributes" in json.loads(body)
    for lost in ("/key/positions/moon", "/key/column/moon", "/key/moon", "/key/about/moon"):
        told, body = map_answer(loaded, lost)
        assert told["status"] == 404
        assert body.decode().startswith("expected")
