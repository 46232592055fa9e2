"""The popover "A face with …": faces of the flow by attributes, and what it cannot give."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.page import main
from explorer.page.explore.asked_panel import FACES, KEY
from explorer.page.parts import data_uri
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import USUAL, Sample
from explorer.run.loaded import open_run


def opened(run: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> AppTest:
    """The page of a run with the popover open, these words chosen in it."""
    monkeypatch.setenv("EXPLORER_RUN", str(run))
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE).run()
    page.session_state[KEY] = True
    page.session_state["asked_words"] = list(words)
    return page.run()


def faces(page: AppTest):
    (found,) = [group for group in page.button_group if group.key.startswith("asked_face")]
    return found


def shown(page: AppTest) -> list[str]:
    return [option.content for option in faces(page).proto.options]


def recipe(page: AppTest) -> Recipe:
    return Recipe.from_data(json.loads(page.session_state["recipe"].to_json()))


def test_a_face_that_is_chosen_becomes_the_face(drawn_flow: Path, monkeypatch):
    page = opened(drawn_flow, monkeypatch, "+Smiling", "-Male")
    assert not page.exception
    loaded, asked = open_run(drawn_flow), Sample(3, USUAL, ["Smiling"], ["Male"])
    code = compose(Recipe(Source("sample", asked)), loaded.run.space)
    assert len(shown(page)) == FACES
    assert data_uri(loaded.renderer.decode(code[None])[0]) in shown(page)[3]

    before = recipe(page)
    faces(page).set_value(3).run()
    assert recipe(page) == before.fresh_face(Source("sample", asked))
    assert "Smiling, not Male, seed 3" in page.get("bidi_component")[-1].proto.json
    faces(page).set_value(5).run()
    assert recipe(page).source.value.seed == 5

    before = shown(page)
    next(b for b in page.button if b.label == "Twelve others").click().run()
    assert not set(shown(page)) & set(before)
    assert recipe(page).source.value.seed == 5
    faces(page).set_value(0).run()
    assert recipe(page).source.value.seed == FACES


def test_what_cannot_be_given_is_said(drawn_flow: Path, monkeypatch):
    page = opened(drawn_flow, monkeypatch, "+Male", "-Male", "+Smiling")
    (warning,) = [w.value for w in page.warning]
    assert warning.startswith("No face can be both with and without Male:")
    assert not [group for group in page.button_group if group.key.startswith("asked_face")]

    page = opened(drawn_flow, monkeypatch, "+Big_Lips", "-Eyeglasses")
    (told,) = [c.value for c in page.caption if "Asked for, but" in c.value]
    assert re.search(r"Big Lips \(0\.[67]\d\)", told)
    assert "Eyeglasses" not in told

    none_like_this = ["+Bald", "+Bangs", "+Wearing_Hat", "+Eyeglasses", "+Mustache"]
    page = opened(drawn_flow, monkeypatch, *none_like_this)
    assert any("0 of 32 faces of the map are labelled Bald" in c.value for c in page.caption)
    assert len(shown(page)) == FACES  # they are shown all the same


def test_random_faces_are_those_of_the_flow_where_there_is_one(
    drawn_flow: Path, drawn_run: Path, monkeypatch
):
    for run, kind in ((drawn_flow, "sample"), (drawn_run, "seed")):
        page = opened(run, monkeypatch)
        assert not page.exception
        next(b for b in page.button if b.label == "Random face").click().run()
        assert recipe(page).source.kind == kind
        assert np.isfinite(compose(recipe(page), open_run(run).run.space)).all()
    assert not [group for group in page.button_group if group.key.startswith("asked_face")]


def test_the_pages_that_show_samplers_show_the_flow(drawn_flow: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_flow))
    page = AppTest.from_function(samplers, default_timeout=PATIENCE).run()
    assert not page.exception
    (choice,) = [group for group in page.button_group if group.key == "model_sampler"]
    assert choice.value == "flow"
    texts = [markdown.value for markdown in page.markdown]
    assert "**flow**, learned from codes; its seeds give other noise" in texts
    assert any(text.startswith("First a VAE, then a model of its codes") for text in texts)
    pictures = [html.value for html in page.get("html") if "<img" in html.value]
    page.multiselect(key="model_has").set_value(["Smiling"]).run()
    asked = [html.value for html in page.get("html") if "<img" in html.value]
    flow = open_run(drawn_flow)
    first = flow.renderer.decode(flow.run.space.flow.draw([0], 1.0, ["Smiling"]))[0]
    assert data_uri(first) in "".join(asked)
    assert data_uri(first) not in "".join(pictures)
    page.multiselect(key="model_has_not").set_value(["Smiling"]).run()
    assert page.info[0].value.startswith("No face can be both with and without Smiling.")


def samplers():
    """The samples of Model, and the step of Learn on the prior."""
    from explorer.page import state
    from explorer.page.learn.prior import show
    from explorer.page.model.drawn import show_samples
    from explorer.run.loaded import chosen_run, open_run

    loaded = open_run(chosen_run())
    state.open_session(loaded.run)
    state.skip_questions()  # which stand before the figures of Learn
    show_samples(loaded)
    show(loaded)
