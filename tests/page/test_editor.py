"""The editor in a real Chromium: keys, ticks, favourites, touch, connections, calm pictures."""

import json
from urllib.parse import quote

import numpy as np
import pytest

from benchmarks.browser import PATIENCE, STILL, App, wait_for_face
from explorer.editor.ticks import own_values
from explorer.recipe.compose import compose
from explorer.recipe.names import recipe_name
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded
from tests.page.seen import (
    SIDE,
    at_rest,
    decoded,
    expect,
    expect_face,
    expect_link,
    face,
    frames,
    levels_apart,
    linked,
    pane,
    pixels,
    points,
    press,
    round_trip,
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
        tabs = page.locator(".tabs").get_by_role("tab").all()
        for attribute, value in (("aria-selected", "true"), ("tabindex", "0")):
            chosen = [t for t in tabs if t.get_attribute(attribute) == value]
            assert [t.get_attribute("aria-label") for t in chosen] == [name]
        panel = page.get_by_role("tabpanel", name=name, exact=True)
        assert panel.is_visible()
        assert panel.get_attribute("id") == tab(page, name).get_attribute("aria-controls")
    page.keyboard.press("Tab")
    assert focused(page) == "Find a slider"


# Ticks


def test_a_tick_says_how_far_from_the_mean_the_face_is_and_leads_there(page, app, loaded: Loaded):
    open_recipe(page, app, Recipe(SEED))
    own = own_values(compose(Recipe(SEED), loaded.run.space), loaded.run.space)["components"]
    # Well away from zero, on the slider.
    number = min(range(1, 11), key=lambda k: abs(abs(own[k]) - 1.5))
    value = own[number]
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
    expect_face(page, decoded(loaded, expected))
    shifted = own_values(compose(expected, loaded.run.space), loaded.run.space)["components"]
    assert abs(shifted[number]) < 0.01

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


def test_undo_goes_back_further_than_the_faces_shown(page, loaded: Loaded, start: Recipe):
    seen = [start]
    for _ in range(16):
        click(page, "Random face")
        expect(lambda: linked(page) not in (None, *seen), "another face in the address")
        seen.append(linked(page))
    assert page.locator("[aria-label^='Face before']").count() == 12
    for _ in range(16):  # as quickly as they come
        page.keyboard.press(UNDO)
    expect_link(page, seen[0])
    expect_face(page, decoded(loaded, seen[0]))
    expect(page.get_by_role("button", name="Undo").is_disabled, "nothing more to undo")
    for _ in range(16):
        page.keyboard.press(REDO)
    expect_link(page, seen[16])
    expect_face(page, decoded(loaded, seen[16]))


def test_undo_keys_work_everywhere_but_in_text(page, start: Recipe):
    press(page, "Male", "PageUp", 2)
    page.keyboard.press(UNDO)  # before Streamlit has heard of the slider, on which the focus is
    expect(lambda: slider(page, "Male").input_value() == "0", "the slider at zero")
    page.keyboard.press(REDO)
    edited = start.changed(attributes={"Male": 1.0})
    expect_link(page, edited)
    for place in (
        page.get_by_role("button", name="Random face", exact=True),
        page.get_by_role("combobox", name="Strip along"),
        tab(page, "Attributes"),
    ):
        place.focus()
        page.keyboard.press(UNDO)
        expect_link(page, start)
        page.keyboard.press(REDO_TOO)
        expect_link(page, edited)
    # Not by role: while the options of a field are open, the rest of the page is hidden from roles.
    male = page.locator("input[type=range][aria-label='Male']")
    fields = [
        page.locator("[aria-label='Find a slider']"),
        page.get_by_role("combobox", name="Filter", exact=True),
    ]
    for field in fields:
        field.focus()
        page.keyboard.type("Ma")
        page.keyboard.press(UNDO)
    page.keyboard.press("Escape")
    male.focus()
    page.keyboard.press("PageUp")
    more = start.changed(attributes={"Male": 1.5})
    expect_link(page, more)
    page.keyboard.press(UNDO)
    expect_link(page, edited)
    for field in fields:
        field.focus()
        page.keyboard.press(REDO_TOO)
    page.keyboard.press("Escape")
    male.focus()
    page.keyboard.press("PageUp")
    expect_link(page, more)


def export_of_the_mean(page):
    """The export popover, opened after another face gave way to the mean one."""
    click(page, "Mean face")
    expect_link(page, Recipe())
    click(page, "Export")
    popover = page.get_by_test_id("stPopoverBody")
    popover.get_by_text("Mean face", exact=True).wait_for()
    return popover


def test_undo_in_the_open_export_popover_is_seen_there(page, app):
    edited = Recipe(SEED, attributes={"Smiling": 1.0})
    open_recipe(page, app, edited)
    popover = export_of_the_mean(page)
    page.keyboard.press(UNDO)
    popover.get_by_text("Random face, seed 7, edited").wait_for()
    with page.expect_download() as saved:
        popover.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename == "face-seed-7-edited.png"
    page.keyboard.press(REDO)
    popover.get_by_text("Mean face", exact=True).wait_for()


def test_what_changes_while_its_script_loads_is_there_afterwards(browser, app):
    """Streamlit gives a component new data before it took the first, and ends the earlier one."""
    page, held = browser.new_page(), []  # its own tab: the others keep scripts
    page.set_default_timeout(1000 * PATIENCE)
    page.route("**/download/download.js", lambda route: held.append(route))
    open_recipe(page, app, Recipe(SEED))
    popover = export_of_the_mean(page)
    page.keyboard.press(UNDO)
    popover.get_by_text("Random face, seed 7", exact=True).wait_for()
    at_rest(page)
    for route in held:
        route.continue_()
    with page.expect_download() as saved:
        popover.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename == "face-seed-7.png"
    page.close()


# Favourites


def keep(page, name: str = "") -> None:
    pane(page, "Kept faces")
    page.get_by_role("textbox", name="Name of this face").fill(name)
    click(page, "Keep this face")


def names(page) -> list[str]:
    fields = page.get_by_label("Name of favourite")
    return fields.evaluate_all("(fields) => fields.map((field) => field.value)")


def stored(page) -> str:
    return page.evaluate(
        "Object.entries(localStorage).find(([key]) => key.includes('favourites'))?.[1] ?? '[]'"
    )


def expect_stored(page, *expected: str) -> None:
    def is_so() -> bool:
        try:
            told = [favourite["name"] for favourite in json.loads(stored(page))]
        except ValueError:  # what was put there to be refused
            return False
        return told == list(expected) == names(page)

    expect(is_so, f"the favourites {expected}")


def test_favourites_have_names_and_outlive_the_session(page, app, loaded: Loaded):
    first, second = Recipe(SEED, attributes={"Smiling": 1.0, "Male": -0.5}), Recipe()
    open_recipe(page, app, first)
    keep(page)
    expect_stored(page, "Random face, seed 7, Smiling +1.00")
    click(page, "Mean face")
    expect_face(page, decoded(loaded, second))
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
    pane(page, "Kept faces")
    expect_stored(page, "Anna", "Nobody")
    open_anna = page.get_by_role("button", name="Open favourite 1")
    expect_face_on(open_anna, decoded(loaded, first))
    open_anna.click()
    expect_link(page, first)
    expect_face(page, decoded(loaded, first))
    page.get_by_role("button", name="Remove favourite 1").click()
    expect_stored(page, "Nobody")
    page.get_by_role("button", name="Remove favourite 1").click()
    expect_stored(page)


def expect_face_on(button, expected: np.ndarray) -> None:
    canvas = button.locator("canvas")
    expect(lambda: levels_apart(pixels(canvas), expected) <= 1, "the favourite's picture")


def test_what_the_browser_stored_is_not_believed(page, app, loaded: Loaded):
    good = {"name": "Good <b>one</b>", "recipe": Recipe(SEED).to_data()}
    bad = [
        {"name": "Wings", "recipe": Recipe(attributes={"Wings": 1.0}).to_data()},
        {"name": "Nothing"},
        7,
    ]
    place = f"latent-space-explorer favourites {loaded.run.vectors.weights}"
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
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(STILL)
        page, other = context.new_page(), context.new_page()
        for tab in (page, other):
            tab.goto(app.url)
            wait_for_face(tab)
        keep(other, "From there")
        expect_stored(page, "From there")
        pane(page, "Kept faces")
        page.get_by_role("button", name="Remove favourite 1").click()
        expect_stored(other)


# Touch


@pytest.fixture
def finger(browser, app):
    """A page on a screen that is touched, and functions that move one finger and lift it."""
    with browser.new_context(has_touch=True, viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(STILL)
        page = context.new_page()
        page.goto(app.url)
        wait_for_face(page)
        at_rest(page)
        session = context.new_cdp_session(page)

        def move(points: list[tuple[float, float]]) -> None:
            kinds = ["touchStart"] + ["touchMove"] * (len(points) - 1)
            for kind, (x, y) in zip(kinds, points, strict=True):
                touches = [{"x": x, "y": y}]
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
                frames(page)

        def lift() -> None:
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        yield page, move, lift


def scrolled(page) -> list[float]:
    """How far the page and the bank of sliders are scrolled."""
    main = page.locator("[data-testid=stMain]").evaluate("(e) => e.scrollTop")
    return [main, page.locator(".bank:not([hidden])").evaluate("(e) => e.scrollTop")]


def middle(page, name: str) -> tuple[float, float, float]:
    """x and y of the middle of a slider, and its width."""
    slider(page, name).scroll_into_view_if_needed()
    box = slider(page, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]


def test_a_finger_drags_a_slider_and_scrolls_nothing(finger, loaded: Loaded, start: Recipe):
    page, move, lift = finger
    x, y, width = middle(page, "Smiling")
    before = scrolled(page)
    path = [(x + t * 0.3 * width, y + t * 8) for t in np.linspace(0, 1, 8)]  # it drifts down
    move(path)
    amount = float(slider(page, "Smiling").input_value())
    assert amount > 0.8
    expected = start.changed(attributes={"Smiling": amount})
    expect_face(page, decoded(loaded, expected))
    assert linked(page) is None
    lift()
    expect_link(page, expected)
    assert scrolled(page) == before


def test_a_finger_that_scrolls_the_sliders_leaves_them_as_they_are(finger):
    page, move, lift = finger
    x, y, width = middle(page, "Bangs")
    before = scrolled(page)
    move([(x + 0.3 * width, y - 12 * t) for t in range(10)])
    lift()
    expect(lambda: scrolled(page) != before, "a scrolled bank")
    round_trip(page)
    assert slider(page, "Bangs").input_value() == "0"
    assert linked(page) is None


# The connection

SOCKETS = """
  const Native = WebSocket;
  window.liveSockets = [];
  window.WebSocket = class extends Native {
    constructor(url, protocols) {
      const isLive = String(url).endsWith("/live");
      super(isLive && window.down ? "ws://localhost:9/" : url, protocols); // nobody answers there
      if (isLive) window.liveSockets.push(this);
    }
  };
"""


def test_a_lost_connection_is_said_and_the_last_value_shown_in_the_end(
    browser, app, loaded: Loaded, start: Recipe
):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(STILL)
        page = context.new_page()
        page.add_init_script(SOCKETS)
        page.goto(app.url)
        wait_for_face(page)
        at_rest(page)
        status = page.locator(".editor [role=status]")
        x, y, width = middle(page, "Smiling")
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 0.2 * width, y, steps=3)
        seen = decoded(loaded, start.changed(attributes={"Smiling": smiling(page)}))
        expect_face(page, seen)

        page.evaluate("window.down = true; liveSockets.forEach((socket) => socket.close())")
        expect(lambda: "Connection lost" in status.inner_text(), "a word of the lost connection")
        page.mouse.move(x + 0.4 * width, y, steps=3)
        tried = page.evaluate("liveSockets.length")
        expect(lambda: page.evaluate("liveSockets.length") > tried + 1, "new tries to connect")
        assert "Reconnecting" in status.inner_text()
        assert levels_apart(pixels(face(page)), seen) <= 1  # the picture stays
        page.mouse.move(x + 0.3 * width, y, steps=2)
        page.mouse.up()
        released = start.changed(attributes={"Smiling": smiling(page)})
        expect_link(page, released)
        assert levels_apart(decoded(loaded, released), seen) > 1

        page.evaluate("window.down = false")
        expect(lambda: status.inner_text() == "", "no more word of it")
        expect_face(page, decoded(loaded, released))


def smiling(page) -> float:
    return float(slider(page, "Smiling").input_value())


# Pictures that stay until the next ones come

WATCH = """
() => {
  const find = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.getAttribute("aria-label") === "Edited face") return root;
      const inner = node.shadowRoot && find(node.shadowRoot);
      if (inner) return inner;
    }
  };
  const root = find(document);
  const names = [...root.querySelectorAll("canvas[aria-label]")]
    .filter((canvas) => canvas.checkVisibility())
    .map((canvas) => canvas.getAttribute("aria-label"));
  window.seen = Object.fromEntries(names.map((name) => [name, []]));
  window.wrong = [];
  window.frames = 0;
  const look = () => {
    window.frames += 1;
    for (const name of names) {
      const canvas = root.querySelector(`canvas[aria-label="${name}"]`);
      if (!canvas?.isConnected || !canvas.checkVisibility()) {
        window.wrong.push(`${name} is gone`);
        continue;
      }
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let [hash, lit] = [0, 0];
      for (let k = 0; k < data.length; k++) hash = (31 * hash + data[k]) | 0;
      for (let k = 3; k < data.length; k += 4) lit += data[k] === 255;
      if (lit < data.length / 4) window.wrong.push(`${name} is blank`);
      if (window.seen[name].at(-1) !== hash) window.seen[name].push(hash);
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


def test_no_picture_blanks_or_shows_anything_between_the_old_and_the_new(
    page, loaded: Loaded, start: Recipe
):
    expect_face(page, decoded(loaded, start), "Strip 0")
    page.evaluate(WATCH)
    point = points(page, loaded)[0]
    actions = [
        lambda: click(page, "Random face"),
        lambda: press(page, "Male", "PageUp", 1),
        lambda: page.keyboard.press(UNDO),
        lambda: page.keyboard.press(REDO),
        lambda: click(page, "Reset edits"),
        lambda: page.mouse.click(point["x"], point["y"]),
        lambda: click(page, "Mean face"),
    ]
    for number, act in enumerate(actions, 1):
        before = linked(page)
        act()
        expect(lambda before=before: linked(page) != before, f"another face after {number}")
        expect_face(page, decoded(loaded, linked(page)))
        along = page.get_by_role("combobox", name="Strip along").input_value()
        name = along.removeprefix("attributes:")
        middle_face = linked(page).with_amount("attributes", name, 0)
        expect_face(page, decoded(loaded, middle_face), "Strip 0")
        round_trip(page)  # for anything that comes late
        assert page.evaluate("window.wrong") == []
        seen = page.evaluate("Object.entries(window.seen).map(([k, v]) => [k, v.splice(0, 99)])")
        page.evaluate("Object.values(window.seen).forEach((v) => v.splice(0, 99))")
        assert {name: len(hashes) for name, hashes in seen if len(hashes) > 2} == {}, number
        assert len(dict(seen)["Edited face"]) == 2, number
    assert page.evaluate("window.frames") > 50


# Grid and links


def test_the_grid_follows_the_hand(page, loaded: Loaded, start: Recipe):
    pane(page, "Grid")
    x, y, width = middle(page, "Young")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 0.3 * width, y, steps=4)
    amount = float(slider(page, "Young").input_value())
    assert amount < -0.8
    for column, row in ((0, 0), (7, 7), (3, 5)):
        smiling, male = np.linspace(-1.5, 1.5, 8)[[column, row]].round(2)
        recipe = start.changed(attributes={"Young": amount, "Smiling": smiling, "Male": male})
        expected, at = decoded(loaded, recipe), {"x": column * SIDE, "y": row * SIDE}
        grid = face(page, "Grid of faces")
        expect(
            lambda grid=grid, at=at, expected=expected: (
                levels_apart(pixels(grid, **at), expected) <= 1
            ),
            f"the grid's face {column}, {row}",
        )
    assert linked(page) is None  # still under the hand
    page.mouse.up()


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(
            SEED,
            attributes={"Smiling": 1.5, "Eyeglasses": -0.35},
            components={1: -2.0, 7: 0.65},
            dimensions={3: 0.5, 100: -4},
        ),
        Recipe(
            Source("mix", ((1, Recipe(SEED, attributes={"Male": 2})), (0.3, Recipe()))),
            attributes={"Young": 1},
        ),
    ],
    ids=["all banks", "mix"],
)
def test_a_link_opened_elsewhere_shows_the_same_pixels(browser, page, app, loaded, recipe: Recipe):
    open_recipe(page, app, recipe)
    expect_face(page, decoded(loaded, recipe))
    press(page, "Bangs", "ArrowRight", 1)
    edited = recipe.with_amount("attributes", "Bangs", 0.05)
    expect_link(page, edited)
    expect_face(page, decoded(loaded, edited))
    with browser.new_context() as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(STILL)
        other = context.new_page()
        other.goto(page.evaluate("location.href"))
        wait_for_face(other)
        expect_face(other, pixels(face(page)))
        expect_face(other, pixels(face(page, "Original face")), "Original face")
        assert slider(other, "Bangs").input_value() == "0.05"
