"""Locks on the page: what the editor is told of them, and a lock set that leaves nothing."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.page import main
from explorer.recipe.methods import CURVE
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import attribute_vector, methods_of
from explorer.run.loaded import open_run


@pytest.fixture
def run(drawn_run: Path, monkeypatch: pytest.MonkeyPatch):
    """The drawn run, which the page opens: fewer dimensions than attributes."""
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    return open_run(drawn_run).run


def editor(page: AppTest) -> dict:
    mounted = [found.proto for found in page.get("bidi_component")]
    return json.loads(next(p for p in mounted if p.component_name == "face_editor").json)


def opened(recipe: Recipe) -> AppTest:
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE)
    page.query_params["face"] = recipe.to_json()
    return page.run()


def test_the_editor_is_told_methods_ticks_facts_and_what_locks_remove(run):
    recipe = Recipe(attributes={"Smiling": 1}, method="balanced", locks=("Male",))
    data = editor(opened(recipe))
    assert [method["name"] for method in data["methods"]] == list(methods_of(run.space))
    share = attribute_vector(run.space, "Eyeglasses", "balanced", ("Male",))[1]
    assert data["removed"]["attributes"]["Eyeglasses"] == pytest.approx(share)
    assert "Male" not in data["removed"]["attributes"]
    assert data["recipe"] == recipe.to_data()
    kinds = {tick["kind"] for found in data["ticks"]["attributes"].values() for tick in found}
    assert kinds == {"own", "without", "with"}
    assert data["curve"] == (list(reversed(CURVE)) if run.space.effects else [])
    (attributes,) = (b["sliders"] for b in data["banks"] if b["bank"] == "attributes")
    assert all(slider["facts"] for slider in attributes)


def test_a_new_session_starts_with_the_method_of_the_run(run):
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE).run()
    assert editor(page)["recipe"] == Recipe(method=run.vectors.default_method).to_data()


def test_another_face_keeps_method_and_locks(run):
    page = opened(Recipe(attributes={"Smiling": 1}, method="logistic", locks=("Male",)))
    for label in ("Mean face", "Random face"):
        button = next(b for b in page.button if b.label == label)
        if not button.disabled:
            button.click().run()
        shown = page.session_state["recipe"]
        assert (shown.method, shown.locks, shown.edited) == ("logistic", ("Male",), False)


def test_locks_that_leave_nothing_of_a_moved_slider_are_said_and_not_taken(run):
    def script(recipes):
        import streamlit as st

        from explorer.page import state
        from explorer.run.loaded import chosen_run, open_run

        run = open_run(chosen_run()).run
        state.open_session(run)
        if "editor" not in st.session_state:
            messages = [{"revision": k, "recipe": r} for k, r in enumerate(recipes, 1)]
            st.session_state["editor"] = {"messages": messages}
            state.hear_editor(run.space)
        state.show_notices()

    moved = Recipe(attributes={"Male": 1.0}, locks=("Male",))
    all_held = moved.changed(locks=tuple(run.space.vectors))
    recipes = [moved.to_data(), all_held.to_data()]
    page = AppTest.from_function(script, kwargs={"recipes": recipes}).run()
    assert not page.exception
    assert page.session_state["recipe"] == moved
    assert [toast.value for toast in page.toast] == [
        "The locks leave nothing of a slider that is moved: release one, or move it back."
    ]
