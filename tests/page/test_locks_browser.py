"""Locks, methods and own directions in a real Chromium: pixels against the decoder's own."""

import json
from pathlib import Path

import pytest

from explorer.editor.attribute_facts import attribute_facts
from explorer.editor.ticks import slider_ticks
from explorer.recipe.directions import direction_between, direction_json
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded
from tests.page.seen import (
    choose_method,
    decoded,
    expect,
    expect_face,
    expect_link,
    levels_apart,
    press,
    slider,
)

pytestmark = pytest.mark.browser


def hold(page, name: str):
    return page.get_by_role("button", name=f"Hold {name}", exact=True)


def is_held(page, name: str) -> bool:
    return hold(page, name).get_attribute("aria-pressed") == "true"


def test_glasses_with_male_held_are_another_face_and_undo_brings_the_one_before(
    page, loaded: Loaded, start: Recipe
):
    choose_method(page, "Mean difference")  # leaks most
    press(page, "Eyeglasses", "PageUp", 4)
    free = start.changed(method="mean_difference", attributes={"Eyeglasses": 2.0})
    expect_link(page, free)
    expect_face(page, decoded(loaded, free))

    hold(page, "Male").click()
    held = free.changed(locks=("Male",))
    expect_face(page, decoded(loaded, held))
    expect_link(page, held)
    assert is_held(page, "Male")
    assert levels_apart(decoded(loaded, held), decoded(loaded, free)) > 8
    about = page.get_by_role("button", name="About Eyeglasses")
    expect(lambda: "−" in about.text_content(), "the share that the lock removes")

    page.get_by_text("Report card").click()
    card = page.get_by_text("Target Eyeglasses (with)")
    expect(lambda: "reached" in card.text_content(), "a word on the target")
    of_held = page.get_by_text("Leakage:").text_content()
    page.locator(".st-key-report_scores svg").get_by_text("Eyeglasses").wait_for()

    page.get_by_role("button", name="Undo").click()
    expect_face(page, decoded(loaded, free))
    expect(lambda: not is_held(page, "Male"), "a released lock")
    leaks = page.get_by_text("Leakage:")
    expect(lambda: leaks.text_content() != of_held, "the card of the edit without the lock")
    page.get_by_role("button", name="Redo").click()
    expect_face(page, decoded(loaded, held))
    page.get_by_role("button", name="Release the lock").click()
    expect_face(page, decoded(loaded, free))
    expect_link(page, free)


def test_locks_stay_with_another_face_and_are_in_its_address(page, loaded: Loaded, start: Recipe):
    hold(page, "Young").click()
    hold(page, "Male").click()
    expect_link(page, start.changed(locks=("Male", "Young")))
    page.reload()
    expect(lambda: is_held(page, "Male") and is_held(page, "Young"), "locks of the address")
    page.get_by_role("button", name="Mean face").click()
    page.get_by_role("button", name="Release 2 locks").wait_for()


def test_another_method_draws_the_same_edit_otherwise(page, loaded: Loaded, start: Recipe):
    press(page, "Smiling", "PageUp", 3)
    smiling = start.with_amount("attributes", "Smiling", 1.5)
    for label, name in (("Balanced", "balanced"), ("Linear discriminant", "discriminant")):
        choose_method(page, label)
        expected = smiling.changed(method=name)
        expect_face(page, decoded(loaded, expected))
        expect_link(page, expected)
    choose_method(page, "Mean difference")
    expect_link(page, smiling.changed(method="mean_difference"))


def test_keys_on_a_slider_hold_its_attribute_and_tell_about_it(page, loaded: Loaded, start: Recipe):
    slider(page, "Male").focus()
    page.keyboard.press("l")
    expect(lambda: is_held(page, "Male"), "a lock by its key")
    page.keyboard.press("l")
    expect(lambda: not is_held(page, "Male"), "a lock released by its key")
    slider(page, "Eyeglasses").focus()
    page.keyboard.press("i")
    card = page.get_by_role("dialog", name="About Eyeglasses")
    card.wait_for()
    for line in attribute_facts(loaded.run.vectors, "Eyeglasses"):
        assert line in card.text_content()
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")


def test_a_face_is_set_to_typical_with_an_attribute(page, loaded: Loaded, start: Recipe):
    ticks = slider_ticks(start, loaded.run)["attributes"]["Blond_Hair"]
    (at,) = (tick["at"] for tick in ticks if tick["kind"] == "with")
    page.get_by_role("button", name="About Blond Hair").click()
    page.get_by_role("button", name="Set to typical with (").click()
    expected = start.with_amount("attributes", "Blond_Hair", at)
    expect_face(page, decoded(loaded, expected))
    expect_link(page, expected)
    page.get_by_role("dialog", name="About Blond Hair").wait_for(state="hidden")


def test_an_imported_direction_has_a_slider_that_locks_hold(
    page, loaded: Loaded, start: Recipe, tmp_path: Path
):
    faces = loaded.run.faces
    male = faces.label("Male")
    made = direction_between(
        "Towards men", faces.mean[~male], faces.mean[male], loaded.run.vectors.weights
    )
    file = tmp_path / "direction.json"
    file.write_text(direction_json(made))
    page.get_by_role("button", name="Directions", exact=True).click()
    page.get_by_text("Import one").click()
    page.locator("input[type=file]:not([capture])").set_input_files(file)
    tab = page.get_by_role("tab", name="Own directions")
    tab.wait_for()
    page.keyboard.press("Escape")
    tab.click()
    press(page, "Towards men", "PageUp", 3)
    moved = start.changed(directions={made.text: 1.5})
    expect_face(page, decoded(loaded, moved))
    expect_link(page, moved)
    page.get_by_role("tab", name="Attributes").click()
    hold(page, "Male").click()
    held = moved.changed(locks=("Male",))
    expect_face(page, decoded(loaded, held))
    assert levels_apart(decoded(loaded, held), decoded(loaded, moved)) > 8


def test_a_direction_of_another_model_is_refused_with_what_to_do(
    page, loaded: Loaded, tmp_path: Path
):
    codes = loaded.run.faces.mean
    made = direction_between("Elsewhere", codes[:9], codes[9:20], loaded.run.vectors.weights)
    values = json.loads(direction_json(made)) | {"weights": "f" * 16}
    file = tmp_path / "direction.json"
    file.write_text(json.dumps(values))
    page.get_by_role("button", name="Directions", exact=True).click()
    page.get_by_text("Import one").click()
    page.locator("input[type=file]:not([capture])").set_input_files(file)
    page.get_by_text("No direction was added.").wait_for()
    page.get_by_text("open the model that it was made with").wait_for()


def test_one_choice_leads_from_clean_to_strong(page, loaded: Loaded, start: Recipe):
    """The same strength, by other vectors; the key moves by one place of the curve."""
    press(page, "Eyeglasses", "PageUp", 2)
    glasses = start.with_amount("attributes", "Eyeglasses", 1.0)
    expect_face(page, decoded(loaded, glasses))
    choice = page.get_by_role("slider", name="Clean to strong")
    seen = [decoded(loaded, glasses)]
    for key, method, label in (("End", "strong", "Strong"), ("Home", "clean", "Clean")):
        choice.press(key)
        expected = glasses.changed(method=method)
        expect_link(page, expected)
        expect_face(page, decoded(loaded, expected))
        assert choice.get_attribute("aria-valuetext") == label
        seen.append(decoded(loaded, expected))
    assert levels_apart(seen[1], seen[2]) > 8


def test_sliders_that_nobody_can_judge_are_folded_away_and_found_by_name(page):
    folded = page.locator("summary", has_text="Hardly visible at this size")
    if not folded.count():
        pytest.skip("every attribute of this run can be judged")
    hidden = folded.locator("xpath=..").locator(".row .name span").all_text_contents()
    assert hidden
    assert not slider(page, hidden[0]).is_visible()
    page.get_by_role("searchbox", name="Find a slider").fill(hidden[0])
    slider(page, hidden[0]).wait_for()
