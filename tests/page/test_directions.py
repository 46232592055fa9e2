"""Own directions on the page: made from groups, with a slider, exported, imported and dropped."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.page import main
from explorer.page.explore.directions_panel import ALL, BY_ATTRIBUTES, IMPORT, SELECTED
from explorer.recipe.banks import MOST_DIRECTIONS
from explorer.recipe.code_text import direction_to_text
from explorer.recipe.directions import Direction, direction_json, read_direction
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded, open_run
from tests.page.told import give, offered, saved

REFUSED = "No direction was added."


@pytest.fixture
def loaded(drawn_run: Path) -> Loaded:
    return open_run(drawn_run)


@pytest.fixture
def page(drawn_run: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on the drawn run with the popover open."""
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE)
    page.session_state["own_directions"] = True
    return page.run()


def click(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def make(page: AppTest, name: str, **groups: dict) -> AppTest:
    """Fill the form and press the button. groups: From and To -> has, has not."""
    for which, conditions in groups.items():
        page.selectbox(key=f"direction_{which}").set_value(BY_ATTRIBUTES).run()
        for condition, attributes in conditions.items():
            page.multiselect(key=f"direction_{which}_{condition}").set_value(attributes).run()
    page.text_input(key="direction_name").set_value(name).run()
    return click(page, "Make direction")


def own_sliders(page: AppTest) -> list[dict]:
    """The sliders of the bank of own directions, none where there is no such bank."""
    mounted = [found.proto for found in page.get("bidi_component")]
    editor = next(proto for proto in mounted if proto.component_name == "face_editor")
    banks = {bank["bank"]: bank["sliders"] for bank in json.loads(editor.json)["banks"]}
    return banks.get("directions", [])


def directions(page: AppTest) -> list[Direction]:
    return page.session_state["directions"]


MALE = {"From": {"has not": ["Male"]}, "To": {"has": ["Male"]}}


def test_without_own_directions_there_is_no_bank_of_them(page: AppTest):
    assert not page.exception
    assert own_sliders(page) == []


def test_a_direction_is_the_difference_of_the_groups_means(page: AppTest, loaded: Loaded):
    make(page, "More male", **MALE)
    assert not page.exception
    male, codes = loaded.run.faces.label("Male"), loaded.run.faces.mean
    expected = codes[male].mean(0) - codes[~male].mean(0)
    (made,) = directions(page)
    np.testing.assert_allclose(made.vector, expected, atol=2e-3)
    (slider,) = own_sliders(page)
    assert (slider["label"], slider["name"]) == ("More male", made.text)
    assert slider["facts"][0].startswith(f"From the mean of {(~male).sum()} faces to that of ")


def test_two_directions_need_two_names_and_two_groups(page: AppTest):
    make(page, "One", **MALE)
    make(page, "One", **MALE)
    assert [error.value for error in page.error] == [REFUSED]
    assert "expected: a name that no other own direction has" in page.code[-1].value
    page.selectbox(key="direction_From").set_value(ALL).run()
    page.selectbox(key="direction_To").set_value(ALL).run()
    make(page, "Two")
    assert "expected: two groups whose mean codes differ" in page.code[-1].value
    assert len(directions(page)) == 1


def test_an_empty_group_is_said(page: AppTest):
    page.selectbox(key="direction_To").set_value(SELECTED).run()
    make(page, "Nowhere")
    assert page.code[-1].value.startswith("expected: faces in the second group\nfound: none\nnext:")
    assert own_sliders(page) == []


def test_what_is_exported_can_be_imported_after_it_was_dropped(page: AppTest, loaded: Loaded):
    make(page, "More male", **MALE)
    (made,) = directions(page)
    content = direction_json(made).encode()
    click(page, "Drop direction")
    assert own_sliders(page) == []
    upload(page, content)
    assert directions(page) == [made]
    assert len(own_sliders(page)) == 1
    page.run()  # the file is still there, but is not taken twice
    assert directions(page) == [made]


def upload(page: AppTest, content: bytes) -> AppTest:
    page.segmented_control(key="direction_add").set_value(IMPORT).run()
    return give(page, "direction_file", content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": "f" * 16}, "expected: a direction in the latent space of this model's weight"),
        ({"vector": "AAA"}, "expected: the file of a direction, as Export makes it"),
    ],
)
def test_a_file_of_another_model_or_of_none_is_refused(page: AppTest, change: dict, message: str):
    make(page, "More male", **MALE)
    values = json.loads(direction_json(directions(page)[0]))
    upload(page, json.dumps(values | change).encode())
    assert [error.value for error in page.error] == [REFUSED]
    assert page.code[-1].value.startswith(message)
    assert "next: " in page.code[-1].value
    assert len(directions(page)) == 1


def test_a_link_brings_its_own_direction_along(drawn_run: Path, monkeypatch, loaded: Loaded):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    text = direction_to_text("From a friend", np.ones(loaded.run.space.latent))
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE)
    page.query_params["face"] = Recipe(directions={text: 1.5}).to_json()
    page.run()
    (slider,) = own_sliders(page)
    assert slider["label"] == "From a friend"
    assert page.session_state["recipe"].amounts["directions"] == {text: 1.5}


def test_no_more_directions_than_a_recipe_holds(page: AppTest, loaded: Loaded):
    make(page, "One", **MALE)
    (made,) = directions(page)
    vectors = np.eye(loaded.run.space.latent)[: MOST_DIRECTIONS - 1]
    texts = [direction_to_text(f"d{k}", vector) for k, vector in enumerate(vectors)]
    others = [Direction(text, made.weights, made.statistics) for text in texts]
    page.session_state["directions"] = [made, *others]
    page.run()
    assert not [button for button in page.button if button.label == "Make direction"]
    assert len(own_sliders(page)) == MOST_DIRECTIONS


def test_the_exported_file_is_read_by_the_model_that_made_it(page: AppTest, loaded: Loaded):
    make(page, "More male", **MALE)
    (made,) = directions(page)
    assert offered(page) == {"direction-more-male.json": "Export direction"}
    space, weights = loaded.run.space, loaded.run.vectors.weights
    content = saved(page, "direction-more-male.json")
    assert read_direction(content, space.latent, weights) == made
