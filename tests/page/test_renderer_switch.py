"""Mean or sharp: which renderer draws, on a run with both, on one without, and in old links."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, App, running_app, wait_for_face, wait_for_map
from explorer.judge.scorer import scorer
from explorer.page import main
from explorer.page.arithmetic.tables import score_note
from explorer.recipe.compose import compose
from explorer.recipe.link_text import link_text
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded, open_run
from tests.page.seen import (
    decoded,
    expect,
    expect_face,
    expect_link,
    face,
    levels_apart,
    pixels,
    points,
    press,
)

EDITED = Recipe(Source("seed", 7), attributes={"Smiling": 1.5})
SHARP = EDITED.changed(renderer="sharp")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`opened(run, recipe)`: the page of a new session, on the address of the recipe if given."""

    def opened(run: Path, recipe: Recipe | None = None) -> AppTest:
        monkeypatch.setenv("EXPLORER_RUN", str(run))
        page = AppTest.from_file(main.__file__, default_timeout=PATIENCE)
        if recipe:
            page.query_params["face"] = recipe.to_json()
        page.run()
        assert not page.exception
        return page

    return opened


def editor(page: AppTest) -> dict:
    """What the page hands to the editor."""
    mounted = {found.proto.component_name: found.proto for found in page.get("bidi_component")}
    return json.loads(mounted["face_editor"].json)


def shown(page: AppTest) -> Recipe:
    return Recipe.from_data(editor(page)["recipe"])


def test_a_new_session_of_a_run_with_both_is_sharp_and_may_switch(opened, drawn_sharp_run: Path):
    page = opened(drawn_sharp_run)
    assert shown(page).renderer == "sharp"
    assert [part["label"] for part in editor(page)["renderers"]] == ["Mean", "Sharp"]
    assert not page.toast


def test_a_run_without_a_sharp_renderer_has_nothing_to_switch(opened, drawn_run: Path):
    page = opened(drawn_run)
    assert shown(page).renderer == "mean"
    assert editor(page)["renderers"] == []


def test_an_old_link_is_drawn_as_the_mean_and_stays_as_it_is(opened, drawn_sharp_run: Path):
    page = opened(drawn_sharp_run, EDITED)
    assert shown(page) == EDITED
    assert "".join(page.query_params["face"]) == EDITED.to_json()


def test_a_sharp_link_opens_where_only_the_mean_is_known_and_says_so_once(opened, drawn_run: Path):
    page = opened(drawn_run, SHARP)
    (toast,) = page.toast
    assert toast.value == (
        "This model does not have the sharp renderer, by which this face was drawn: here is its "
        "mean."
    )
    assert shown(page) == SHARP
    assert not page.run().toast


def test_what_the_editor_tells_is_an_edit_that_can_be_undone(drawn_sharp_run: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_sharp_run))

    def script(recipe: dict):
        import streamlit as st

        from explorer.page import state
        from explorer.run.loaded import chosen_run, open_run

        run = open_run(chosen_run()).run
        state.open_session(run)
        st.session_state["editor"] = {"messages": [{"revision": 1, "recipe": recipe}]}
        state.hear_editor(run.space)
        st.button("Undo", on_click=state.undo)
        st.button("Random face", on_click=state.random_face, args=(run.space,))

    first = open_run(drawn_sharp_run).run.first_recipe
    mean = first.changed(renderer="mean")
    page = AppTest.from_function(script, default_timeout=PATIENCE, args=(mean.to_data(),)).run()
    assert page.session_state["recipe"] == mean
    assert "".join(page.query_params["face"]) == link_text(mean)
    page.button[1].click().run()  # a random face
    assert page.session_state["recipe"].source.kind == "seed"
    assert page.session_state["recipe"].renderer == "mean"
    for expected in (mean, first):
        page.button[0].click().run()  # undo
        assert page.session_state["recipe"] == expected


@pytest.mark.parametrize("recipe", [EDITED, SHARP], ids=["mean", "sharp"])
def test_report_card_and_export_say_who_drew(opened, drawn_sharp_run: Path, recipe: Recipe):
    page = opened(drawn_sharp_run, recipe)
    page.session_state["pane"], page.session_state["export"] = "Report card", True
    page.run()
    assert not page.exception
    name = open_run(drawn_sharp_run).told(recipe)
    assert name == f"the {recipe.renderer} renderer"
    assert any(f"pictures of {name}" in caption.value for caption in page.caption)
    assert any(f"edited, drawn by {name}" in text.value for text in page.markdown)


def matrix():
    from explorer.page.arithmetic.matrix import show_matrix
    from explorer.run.loaded import chosen_run, open_run

    show_matrix(open_run(chosen_run()))


def model_page():
    from explorer.page.model.model_page import show_model
    from explorer.run.loaded import chosen_run, open_run

    show_model(open_run(chosen_run()))


@pytest.fixture
def other_page(drawn_sharp_run: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`other_page(function, recipe)`: another page of the run with both, in a recipe's session."""
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_sharp_run))

    def other_page(function: Callable, recipe: Recipe) -> AppTest:
        page = AppTest.from_function(function, default_timeout=PATIENCE)
        page.query_params["face"] = recipe.to_json()
        page.run()
        assert not page.exception
        return page

    return other_page


@pytest.mark.parametrize("recipe", [EDITED, SHARP], ids=["mean", "sharp"])
def test_the_matrix_draws_and_scores_by_the_renderer_of_the_session(
    other_page, recipe: Recipe, drawn_sharp_run: Path
):
    page, loaded = other_page(matrix, recipe), open_run(drawn_sharp_run)
    table = json.loads(next(iter(page.get("bidi_component"))).proto.json)
    cells = [cell for row in table["cells"] for cell in row]
    assert {Recipe.from_data(cell["recipe"]).renderer for cell in cells} == {recipe.renderer}
    edited = table["cells"][1][1]
    before = Recipe.from_data(edited["recipe"])
    after = before.with_amount("attributes", edited["attribute"], 1.0)
    codes = np.stack([compose(each, loaded.run.space) for each in (before, after)])
    seen = scorer().scores(loaded.renderer_of(recipe).decode(codes))
    assert edited["note"] == score_note(*seen, edited["attribute"])
    assert any(f"drawn by {loaded.told(recipe)}" in caption.value for caption in page.caption)


def test_the_model_page_draws_by_the_renderer_of_the_session_and_says_so(other_page):
    drawn = {}
    for recipe in (EDITED, SHARP):
        page = other_page(model_page, recipe)
        assert "as the mean renderer draws them" in page.caption[0].value  # of the figures
        for view in ("Reconstructions", "Samples"):
            (choice,) = [c for c in page.get("button_group") if c.key == "model_view"]
            choice.set_value(view).run()
            assert not page.exception
            text = "".join(element.proto.body for element in page.get("html"))
            drawn[view, recipe.renderer] = re.findall(r'<img src="([^"]+)"', text)
            said = [caption.value for caption in page.caption]
            assert any(f"by the {recipe.renderer} renderer" in line for line in said[1:])
            # No sharp samples of this run were measured.
            measured = any("at temperature 1; it is not FID" in line for line in said)
            assert measured == (view == "Samples" and recipe.renderer == "mean")
    for view in ("Reconstructions", "Samples"):
        assert not set(drawn[view, "mean"]) & set(drawn[view, "sharp"])
        assert drawn[view, "sharp"]


@pytest.fixture(scope="module")
def app(drawn_sharp_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a run that has both renderers."""
    with running_app(tmp_path_factory.mktemp("sharp") / "app.log", drawn_sharp_run) as app:
        app.wait()
        yield app


@pytest.fixture(scope="module")
def loaded(drawn_sharp_run: Path) -> Loaded:
    return open_run(drawn_sharp_run)


@pytest.mark.browser
def test_a_recipe_walks_through_both_renderers(visit, app: App, loaded: Loaded):
    first = loaded.run.first_recipe.with_source(Source("seed", 7))  # the mean face has one drawing
    first = first.changed(method="mean_difference")  # whose strip is from -3 to 3
    page, complaints = visit(app, path=f"/?face={quote(first.to_json())}")
    wait_for_face(page)
    wait_for_map(page)
    expect_face(page, decoded(loaded, first))
    press(page, "Smiling", "PageUp", 2)
    sharp = first.with_amount("attributes", "Smiling", 1.0)
    mean = sharp.changed(renderer="mean")
    expect_link(page, sharp)
    assert levels_apart(decoded(loaded, sharp), decoded(loaded, mean)) > 8

    def expect_drawn(recipe: Recipe) -> None:
        """Faces, strip and switch, and the address, which comes last."""
        expect_face(page, decoded(loaded, recipe))
        expect_face(page, decoded(loaded, recipe.unedited()), "Original face")
        for strength, name in ((-3, "Strip −3.00"), (3, "Strip +3.00")):
            along = recipe.with_amount("attributes", strip, strength)
            expect_face(page, decoded(loaded, along), name)
        chosen = page.get_by_role("radio", name=recipe.renderer.title(), exact=True)
        expect(chosen.is_checked, "the switch as the recipe")
        expect_link(page, recipe)

    along = page.get_by_role("combobox", name="Strip along").input_value()
    strip = along.removeprefix("attributes:")
    page.keyboard.press("m")
    expect_drawn(mean)
    page.keyboard.press("m")
    expect_drawn(sharp)
    page.get_by_role("radio", name="Mean", exact=True).check()
    expect_drawn(mean)

    # The map follows, and a letter in a text field is one.
    point = points(page, loaded)[0]
    page.mouse.move(point["x"], point["y"])
    card = page.locator(f".card canvas[data-id='{point['id']}']")
    card.wait_for()
    picture = Recipe(Source("picture", point["id"]))
    assert levels_apart(pixels(card), decoded(loaded, picture)) <= 1
    page.keyboard.press("m")
    expected = decoded(loaded, picture.changed(renderer="sharp"))
    expect(lambda: levels_apart(pixels(card), expected) <= 1, "a sharp face on the card")
    expect_drawn(sharp)
    page.get_by_label("Find a slider").press("m")
    page.get_by_role("combobox", name="Strip along").press("m")
    assert page.get_by_role("radio", name="Sharp", exact=True).is_checked()
    page.get_by_label("Find a slider").fill("")

    for recipe in (mean, sharp):
        page.get_by_role("button", name="Undo").click()
        expect_link(page, recipe)
        expect_face(page, decoded(loaded, recipe))
    page.goto("about:blank")
    page.goto(f"{app.url}/?face={quote(mean.to_json())}")
    wait_for_face(page)
    expect_face(page, decoded(loaded, mean))
    assert face(page).get_attribute("data-frame")
    assert complaints == []
