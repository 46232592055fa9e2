"""The widget without a notebook: its module, its recipe, its channel."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from explorer.notebook import Model, load
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.widget.bundle import bundle, refuse_circles

anywidget = pytest.importorskip("anywidget", reason="needs anywidget: pip install anywidget")


@pytest.fixture(scope="module")
def model(drawn_run: Path) -> Model:
    return load(drawn_run)


def test_the_module_holds_all_that_it_imports():
    text = bundle("de")
    sources = json.loads(re.search(r"const sources = (.*);$", text, re.M)[1])
    assert {"widget/widget.js", "site/page.js", "components/face_map/face_map.js"} <= set(sources)
    assert json.dumps("Zurücksetzen") in sources["widget/texts.js"]
    # Of the page without a server a notebook needs neither the worker nor onnxruntime.
    assert not {"site/worker.js", "site/local.js", "site/link_text.js"} & set(sources)
    bare = r"""^import .*?from ["']([^."'][^"']*)["'];"""
    assert [path for path, source in sources.items() if re.search(bare, source, re.M)] == []


def test_it_speaks_one_of_the_languages(model: Model, monkeypatch):
    widget, sent = model.widget(language="de"), []
    assert widget._esm == bundle("de")
    assert widget._page["language"] == "de"
    assert "Brille" in {group["title"] for group in widget._page["groups"]}
    monkeypatch.setattr(widget, "send", lambda told, buffers=None: sent.append(told))
    other = Recipe(Source("picture", "moon.jpg")).to_data()
    widget._handle_custom_msg(
        {"view": "v", "id": 1, "ask": json.dumps({"number": 1, "recipes": [other]})}, []
    )
    assert "erwartet: die Id eines Bildes" in json.loads(sent[0]["answer"])["error"]
    english = model.widget()
    assert english._page["language"] == "en"
    assert english._esm == bundle("en") != bundle("de")
    with pytest.raises(ValueError, match="expected one of en, de, es; found 'tlh'"):
        model.widget(language="tlh")


def test_a_circle_of_imports_is_refused():
    one_way = {"a.js": 'import { b } from "./b.js";', "b.js": ""}
    refuse_circles(one_way)
    with pytest.raises(ValueError, match=r"a.js -> b.js -> a.js"):
        refuse_circles(one_way | {"b.js": 'import { a } from "./a.js";'})


def test_a_notebook_reads_and_sets_the_face(model: Model):
    widget, run = model.widget(), model.run
    assert Recipe.from_data(widget.recipe) == run.first_recipe
    np.testing.assert_array_equal(widget.code, compose(run.first_recipe, run.space))
    other = Recipe(Source("picture", str(run.faces.ids[2])), components={1: 1.5})
    widget.recipe = other.to_data()
    np.testing.assert_array_equal(widget.code, compose(other, run.space))
    assert np.abs(widget.face.astype(int) - model.decode(widget.code)[0]).max() <= 1
    begun = model.widget(model.random(5)[0])
    np.testing.assert_allclose(begun.code, model.random(5)[0], atol=0.01)


def test_a_face_that_cannot_be_shown_is_refused(model: Model):
    from traitlets import TraitError

    widget = model.widget()
    before = widget.recipe
    with pytest.raises(TraitError, match="expected the id of a picture in this run"):
        widget.recipe = Recipe(Source("picture", "moon.jpg")).to_data()
    with pytest.raises(TraitError, match="expected the JSON of a recipe"):
        widget.recipe = {"face": "moon"}
    assert widget.recipe == before


def test_questions_of_an_output_are_answered_to_it_alone(model: Model, monkeypatch):
    widget, sent = model.widget(), []
    monkeypatch.setattr(widget, "send", lambda told, buffers=None: sent.append((told, buffers)))
    hear = widget._handle_custom_msg
    recipe = Recipe().to_data()
    hear({"view": "v", "id": 3, "ask": json.dumps({"number": 1, "recipes": [recipe]})}, [])
    hear({"view": "v", "id": 4, "ask": '{"number": 2}'}, [])
    hear({"view": "v", "id": 5, "fetch": "/key/ids"}, [])
    hear({"view": "w", "id": 1, "random": True}, [])
    assert [(told["view"], told["id"]) for told, _ in sent] == [
        ("v", 3),
        ("v", 4),
        ("v", 5),
        ("w", 1),
    ]
    (_, [picture]), (refused, nobody), (fetched, [ids]), (random, _) = sent
    assert len(picture) == 12 + 64 * 64 * 3
    assert "error" in refused["answer"]
    assert nobody == []
    assert fetched["status"] == 200
    assert len(ids.decode().split("\n")) == len(model.faces)
    assert random["source"]["kind"] == "seed"
