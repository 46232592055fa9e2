"""Every page opens with a run of digits, and with one of pictures without labels on a plane."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.page.explore.report_panel import NO_JUDGES
from tests.page.test_every_page import PAGES, no_pictures, opened  # noqa: F401


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_digits(name: str, digits_run: Path, monkeypatch):
    opened(name, digits_run, monkeypatch)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_labels_and_with_two_dimensions(
    name: str, plane_run: Path, monkeypatch
):
    opened(name, plane_run, monkeypatch)


def test_the_map_of_a_plane_is_the_plane(plane_run: Path, monkeypatch):
    test = opened("show_explore", plane_run, monkeypatch)
    told = " ".join(caption.value for caption in test.caption)
    assert "The plane of the two dimensions itself" in told
    assert "Labels:" not in told


def test_learn_says_that_its_examples_are_of_faces(digits_run: Path, drawn_run, monkeypatch):
    told = "Examples in the text, such as glasses, are of faces; the pictures are of digits."
    for run in (digits_run, drawn_run):
        test = opened("hourglass", run, monkeypatch)
        assert (told in [caption.value for caption in test.caption]) == (run == digits_run)
        asked = [button for button in test.button if button.key == "predict-skip"]
        assert bool(asked) == (run == drawn_run)  # questions and answers are about faces


def panel(name: str) -> None:
    import streamlit as st

    from explorer.page import state
    from explorer.page.explore import report_panel, tools
    from explorer.run.loaded import chosen_run, open_run

    loaded = open_run(chosen_run())
    state.open_session(loaded.run)
    if name == "report":
        state.set_recipe(state.recipe().with_amount("attributes", "digit_3", 1))
        report_panel.show_report(loaded, True)
    else:
        tools._show_card(loaded.run)
    st.write("shown")


@pytest.mark.parametrize(
    ("name", "told"), [("report", NO_JUDGES), ("card", "Measured on 40 pictures of digits.")]
)
def test_what_only_faces_have_is_left_out(name: str, told: str, digits_run: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(digits_run))
    test = AppTest.from_function(panel, kwargs={"name": name}, default_timeout=PATIENCE).run()
    assert not test.exception
    assert told in [caption.value for caption in test.caption]
