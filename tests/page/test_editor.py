"""The editor in a real Chromium: keys, ticks, favourites, touch, connections, calm pictures."""

import json
from urllib.parse import quote

import numpy as np
import pytest

from benchmarks.browser import App, wait_for_face
from explorer.loaded import Loaded
from explorer.names import recipe_name
from explorer.recipe import Recipe, Source
from explorer.space import compose
from explorer.ticks import own_values
from tests.page.seen import (
    decoded,
    expect,
    expect_face,
    expect_link,
    levels_apart,
    linked,
    pixels,
    press,
    slider,
)

pytestmark = pytest.mark.browser

SEED = Source("seed", 7)
UNDO, REDO, REDO_TOO = "Control+z", "Control+Shift+z", "Control+y"


def open_recipe(page, app: App, recipe: Recipe) -> None:
    """Open the page anew on a recipe's address."""
    page.goto("about:blank")
    page.goto(f"{app.url}/?face={quote(recipe.to_json())}")
    wait_for_face(page)


def tab(page, name: str):
    return page.get_by_role("tab", name=name, exact=True)


def click(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def focused(page) -> str:
    """Text or accessible name of what has the focus, in shadow roots, too."""
    return page.evaluate(
        """() => {
          let node = document.activeElement;
          while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
          return node.getAttribute("aria-label") ?? node.textContent;
        }"""
    )


# Tabs


def test_the_tabs_are_walked_by_keys(page):
    tab(page, "Attributes").focus()
    for key, name in (
        ("ArrowRight", "Principal components"),
        ("ArrowRight", "Latent dimensions"),
        ("ArrowRight", "Attributes"),
        ("ArrowLeft", "Latent dimensions"),
        ("Home", "Attributes"),
        ("End", "Latent dimensions"),
    ):
        page.keyboard.press(key)
        assert focused(page) == name
        tabs = page.get_by_role("tab").all()
        assert [t.inner_text() for t in tabs if t.get_attribute("aria-selected") == "true"] == [
            name
        ]
        assert [t.inner_text() for t in tabs if t.get_attribute("tabindex") == "0"] == [name]
        panel = page.get_by_role("tabpanel", name=name, exact=True)
        assert panel.is_visible()
        assert panel.get_attribute("id") == tab(page, name).get_attribute("aria-controls")
    page.keyboard.press("Tab")
    assert focused(page) == "Find a slider"


# Ticks


def test_a_tick_says_how_far_from_the_mean_the_face_is_and_leads_there(page, app, model: Loaded):
    open_recipe(page, app, Recipe(SEED))
    own = own_values(compose(Recipe(SEED), model.run.space), model.run.space)["components"]
    number = 1 + int(np.abs(np.abs(own[:10]) - 1.5).argmin())  # well away from zero, on the slider
    value = own[number - 1]
    tab(page, "Principal components").click()
    described = slider(page, f"PC {number}").get_attribute("aria-description")
    assert described.startswith(f"This face: {value:+.1f} σ".replace("-", "−"))
    assert "Mean of all faces at" in described

    expected = Recipe(SEED, components={number: round(-value, 2)})
    row = page.locator(".row", has=slider(page, f"PC {number}"))
    tick = row.locator(".tick[data-kind=mean]")
    tick.scroll_into_view_if_needed()
    tick.click()
    expect_link(page, expected)
    expect_face(page, decoded(model, expected))
    shifted = own_values(compose(expected, model.run.space), model.run.space)["components"]
    assert abs(shifted[number - 1]) < 0.01

    # With the middle of the thumb above it.
    box, thumb = tick.bounding_box(), row.locator("input").bounding_box()
    share = (4 - round(value, 2)) / 8
    at = thumb["x"] + 7.6 + (thumb["width"] - 15.2) * share
    assert abs(box["x"] + box["width"] / 2 - at) < 1.5

    slider(page, f"PC {number}").focus()
    page.keyboard.press("Control+ArrowRight" if value > 0 else "Control+ArrowLeft")
    expect_link(page, Recipe(SEED))
    page.keyboard.press("Control+ArrowLeft" if value > 0 else "Control+ArrowRight")
    expect_link(page, expected)


# Undo and redo


def test_undo_goes_back_further_than_the_faces_shown(page, model: Loaded):
    seen = [Recipe()]
    for _ in range(16):
        click(page, "Random face")
        expect(lambda: linked(page) not in (None, *seen), "another face in the address")
        seen.append(linked(page))
    assert page.locator("[aria-label^='Face before']").count() == 12
    for _ in range(16):  # as quickly as they come
        page.keyboard.press(UNDO)
    expect_link(page, seen[0])
    expect_face(page, decoded(model, seen[0]))
    assert page.get_by_role("button", name="Undo").is_disabled()
    for _ in range(16):
        page.keyboard.press(REDO)
    expect_link(page, seen[16])
    expect_face(page, decoded(model, seen[16]))


def test_undo_keys_work_everywhere_but_in_text(page):
    press(page, "Male", "PageUp", 2)
    page.keyboard.press(UNDO)  # before Streamlit has heard of the slider, on which the focus is
    expect(lambda: slider(page, "Male").input_value() == "0", "the slider at zero")
    page.keyboard.press(REDO)
    edited = Recipe(attributes={"Male": 1.0})
    expect_link(page, edited)
    for place in (
        page.get_by_role("button", name="Random face", exact=True),
        page.get_by_role("combobox", name="Strip along"),
        tab(page, "Attributes"),
    ):
        place.focus()
        page.keyboard.press(UNDO)
        expect_link(page, Recipe())
        page.keyboard.press(REDO_TOO)
        expect_link(page, edited)
    fields = [
        page.get_by_role("searchbox", name="Find a slider"),
        page.get_by_role("textbox", name="Name of this face"),
        page.get_by_role("combobox", name="Filter: has", exact=True),
    ]
    for field in fields:
        field.focus()
        page.keyboard.type("Ma")
        page.keyboard.press(UNDO)
        page.keyboard.press(REDO_TOO)
        page.wait_for_timeout(500)
        assert linked(page) == edited


def test_undo_in_the_open_export_popover_is_seen_there(page, app):
    edited = Recipe(SEED, {"Smiling": 1.0})
    open_recipe(page, app, edited)
    click(page, "Mean face")
    expect_link(page, Recipe())
    click(page, "Export")
    popover = page.get_by_test_id("stPopoverBody")
    popover.get_by_text("Mean face", exact=True).wait_for()
    page.keyboard.press(UNDO)
    popover.get_by_text("Random face, seed 7, edited").wait_for()
    with page.expect_download() as saved:
        popover.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename == "face-seed-7-edited.png"
    page.keyboard.press(REDO)
    popover.get_by_text("Mean face", exact=True).wait_for()


# Favourites


def keep(page, name: str = "") -> None:
    page.get_by_role("textbox", name="Name of this face").fill(name)
    click(page, "Keep this face")


def names(page) -> list[str]:
    return [field.input_value() for field in page.get_by_label("Name of favourite").all()]


def stored(page) -> str:
    return page.evaluate(
        "Object.entries(localStorage).find(([key]) => key.includes('favourites'))?.[1] ?? '[]'"
    )


def expect_stored(page, *expected: str) -> None:
    def is_so() -> bool:
        return [f["name"] for f in json.loads(stored(page))] == list(expected) == names(page)

    expect(is_so, f"the favourites {expected}")


def test_favourites_have_names_and_outlive_the_session(page, app, model: Loaded):
    first, second = Recipe(SEED, {"Smiling": 1.0, "Male": -0.5}), Recipe()
    open_recipe(page, app, first)
    keep(page)
    expect_stored(page, "Random face, seed 7, Smiling +1.00")
    click(page, "Mean face")
    expect_face(page, decoded(model, second))
    keep(page, "Nobody")
    expect_stored(page, recipe_name(first), "Nobody")
    keep(page, "Nobody again")  # the same face is kept once
    assert focused(page) == "Name of favourite 2"
    name = page.get_by_role("textbox", name="Name of favourite 1")
    name.fill("Anna")
    name.press("Enter")
    expect_stored(page, "Anna", "Nobody")

    page.reload()
    wait_for_face(page)
    expect_stored(page, "Anna", "Nobody")
    open_anna = page.get_by_role("button", name="Open favourite 1")
    expect_face_on(open_anna, decoded(model, first))
    open_anna.click()
    expect_link(page, first)
    expect_face(page, decoded(model, first))
    page.get_by_role("button", name="Remove favourite 1").click()
    expect_stored(page, "Nobody")
    page.get_by_role("button", name="Remove favourite 1").click()
    expect_stored(page)


def expect_face_on(button, expected: np.ndarray) -> None:
    canvas = button.locator("canvas")
    expect(lambda: levels_apart(pixels(canvas), expected) <= 1, "the favourite's picture")


def test_what_the_browser_stored_is_not_believed(page, app, model: Loaded):
    good = {"name": "Good <b>one</b>", "recipe": Recipe(SEED).to_data()}
    bad = [
        {"name": "Wings", "recipe": Recipe(attributes={"Wings": 1.0}).to_data()},
        {"name": "Nothing"},
        7,
    ]
    place = f"latent-space-explorer favourites {model.run.vectors.weights}"
    store = "([place, text]) => localStorage.setItem(place, text)"
    page.evaluate(store, [place, json.dumps([bad[0], good, *bad[1:]])])
    page.reload()
    page.get_by_text("3 favourites were left out").wait_for()
    expect_stored(page, "Good <b>one</b>")
    page.evaluate(store, [place, "{not JSON"])
    page.reload()
    page.get_by_text("One favourite was left out").wait_for()
    expect_stored(page)


def test_another_tab_of_the_browser_has_the_same_favourites(browser, app):
    with browser.new_context() as context:
        page, other = context.new_page(), context.new_page()
        for tab in (page, other):
            tab.goto(app.url)
            wait_for_face(tab)
        keep(other, "From there")
        expect_stored(page, "From there")
        page.get_by_role("button", name="Remove favourite 1").click()
        expect_stored(other)
