"""The controls around the map by Streamlit's own test runner: filter, lens, groups, directions."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.map.layouts import layout
from explorer.map.route import mask
from explorer.page import main
from explorer.run.loaded import Loaded, open_run
from explorer.run.run import run_key


@pytest.fixture
def loaded(shipped: Path) -> Loaded:
    return open_run(shipped)


@pytest.fixture
def page(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a new session with the model that ships, not run yet."""
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    return AppTest.from_file(main.__file__, default_timeout=PATIENCE)


def face_map(page: AppTest) -> dict:
    """What the page hands to the map."""
    mounted = [found.proto for found in page.get("bidi_component")]
    return json.loads(next(p.json for p in mounted if p.component_name == "face_map"))


def passing(page: AppTest, loaded: Loaded) -> np.ndarray:
    return mask(loaded.run, face_map(page)["filter"])


def choose(page: AppTest, *words: str) -> AppTest:
    return page.multiselect(key="filter_words").set_value(list(words)).run()


def select(page: AppTest, loaded: Loaded, rows: np.ndarray) -> AppTest:
    """As a lasso does."""
    text = base64.b64encode(np.packbits(rows, bitorder="little")).decode()
    page.session_state["selected"] = (run_key(loaded.run), text if rows.any() else "")
    return page.run()


def click(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def says(page: AppTest, text: str) -> bool:
    return any(text in found.value for found in [*page.markdown, *page.caption])


def test_the_address_keeps_the_filter_and_gives_it_back(page: AppTest, loaded: Loaded):
    choose(page.run(), "+Male", "|Smiling", "|Young", "-Eyeglasses")
    assert not page.exception
    told = page.query_params["filter"]
    label = loaded.run.faces.label
    expected = label("Male") & (label("Smiling") | label("Young")) & ~label("Eyeglasses")
    np.testing.assert_array_equal(passing(page, loaded), expected)
    assert 0 < expected.sum() < len(expected)
    again = AppTest.from_file(main.__file__, default_timeout=PATIENCE)
    again.query_params["filter"] = told
    again.run()
    np.testing.assert_array_equal(passing(again, loaded), expected)
    assert says(again, f"**{expected.sum():,}** of {len(expected):,} faces")
    choose(again)
    assert passing(again, loaded).all()
    assert "filter" not in again.query_params


@pytest.mark.parametrize("text", ["+Wings", "Male", "+"])
def test_a_filter_of_the_address_that_cannot_be_is_said(page: AppTest, loaded: Loaded, text: str):
    page.query_params["filter"] = text
    page.run()
    assert not page.exception
    assert [toast.value for toast in page.toast] == [
        "This model cannot apply the filter in the address: all faces are shown."
    ]
    assert passing(page, loaded).all()
    assert "filter" not in page.query_params


def test_ids_that_are_typed_or_pasted_are_found(page: AppTest, loaded: Loaded):
    ids = [str(name) for name in loaded.run.faces.ids[[3, 11]]]
    choose(page.run(), f"{ids[0].removesuffix('.jpg')}, {ids[1]}")
    found = loaded.run.faces.ids[passing(page, loaded)]
    assert sorted(found) == sorted(ids)
    choose(page, "no such id")
    assert [warning.value for warning in page.warning] == [
        "No face passes this filter: take a condition away."
    ]


@pytest.mark.parametrize("typed", ["#1859", "1859", "id 1859", " id 1859 "])
def test_a_chip_that_the_box_tells_by_what_it_says_stays_that_chip(page: AppTest, typed: str):
    choose(page.run(), typed, "not Male", "+Smiling")
    assert page.multiselect(key="filter_words").value == ["#1859", "-Male", "+Smiling"]
    assert page.query_params["filter"] == "+Smiling -Male #1859"


@pytest.mark.parametrize("lens", ["mix", "codes"])
def test_lens_method_and_dimensions_name_the_layout(page: AppTest, loaded: Loaded, lens: str):
    page.run()
    page.segmented_control(key="lens").set_value(lens).run()
    page.segmented_control(key="lens_method").set_value("pca").run()
    page.segmented_control(key="lens_dims").set_value(3).run()
    assert not page.exception
    name = f"{lens}/pca3"
    assert face_map(page)["layout"] == name
    chosen = layout(loaded.run, name)
    told = [c.value for c in page.caption if "Legibility" in c.value]
    mean = np.nanmean(list(chosen.legibility.values()))
    assert f"Legibility {mean:.2f}, trustworthiness {chosen.kept.trustworthiness:.2f}." in told[0]
    assert "PC 1 across, PC 2 up" in told[0]


def test_an_own_lens_lays_out_what_is_ticked_and_nothing_else(page: AppTest, loaded: Loaded):
    page.run()
    page.segmented_control(key="lens").set_value("own").run()
    assert face_map(page)["layout"] == "Smiling/axes2"  # the first colour
    page.multiselect(key="lens_ticked").set_value(["Male", "Eyeglasses"]).run()
    assert face_map(page)["layout"] == "Male+Eyeglasses/axes2"
    assert says(page, "Laid out by Male and Eyeglasses alone. Male across, Eyeglasses up.")
    page.multiselect(key="lens_ticked").set_value([]).run()
    assert not page.exception
    assert face_map(page)["layout"] == "attributes/umap2"
    assert says(page, "Tick an attribute")


def test_a_group_shows_what_is_over_represented_with_counts(page: AppTest, loaded: Loaded):
    male = loaded.run.faces.label("Male")
    select(page.run(), loaded, male)
    assert not page.exception
    assert says(page, f"**{male.sum():,} faces selected**, {male.mean():.1%} of all")
    html = next(h.proto.body for h in page.get("html") if "More frequent here" in h.proto.body)
    first = html.split("<tbody>")[1].split("</tr>")[0]
    assert first.startswith("<tr><td>Male</td>")
    assert f"<strong>100%</strong> ({male.sum():,})" in first
    assert f"{male.mean():.0%} of all" in first


def test_a_filter_without_a_selection_is_a_group(page: AppTest, loaded: Loaded):
    choose(page.run(), "-Young")
    old = ~loaded.run.faces.label("Young")
    assert says(page, f"**{old.sum():,} faces pass the filter**")


def test_one_face_is_a_group_that_says_what_is_missing(page: AppTest, loaded: Loaded):
    one = np.arange(len(loaded.run.faces)) == 5
    select(page.run(), loaded, one)
    assert not page.exception
    assert says(page, "**1 face selected**")
    assert says(page, "Select more to see what sets a group apart.")
    click(page, "Keep as A")
    click(page, "Keep as B")
    page.text_input(key="group_direction_name").set_value("Nowhere").run()
    click(page, "Make a direction")
    assert [e.value for e in page.error] == ["No direction was made; both groups are kept."]
    assert "found the same 1 faces twice" in page.code[-1].value
    assert says(page, "from **A**, 1 face, to **B**, 1 face.")


def test_two_groups_make_a_named_slider(page: AppTest, loaded: Loaded):
    faces = loaded.run.faces
    male, codes = faces.label("Male"), faces.mean
    select(page.run(), loaded, ~male)
    click(page, "Keep as A")
    select(page, loaded, male)
    click(page, "Keep as B")
    select(page, loaded, np.zeros(len(faces), bool))  # the kept groups outlive the selection
    page.text_input(key="group_direction_name").set_value("To the right").run()
    click(page, "Make a direction")
    assert not page.exception
    assert not page.error
    (made,) = page.session_state["directions"]
    assert made.name == "To the right"
    expected = codes[male].mean(0) - codes[~male].mean(0)
    np.testing.assert_allclose(made.vector, expected, atol=2e-3)
    click(page, "Make a direction")
    assert "a name that no other own direction has" in page.code[-1].value
    click(page, "Forget A and B")
    assert not says(page, "Direction from")


def test_without_a_second_group_a_direction_leads_to_everyone(page: AppTest, loaded: Loaded):
    faces = loaded.run.faces
    male, codes = faces.label("Male"), faces.mean
    select(page.run(), loaded, male)
    click(page, "Keep as B")
    assert says(page, f"from **A**, everyone, to **B**, {male.sum():,} faces.")
    page.text_input(key="group_direction_name").set_value("Male").run()
    click(page, "Make a direction")
    (made,) = page.session_state["directions"]
    np.testing.assert_allclose(made.vector, codes[male].mean(0) - codes.mean(0), atol=2e-3)
