"""What the tests in Chromium see of the page: faces as pixels, sliders, the map, the address."""

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import numpy as np

from benchmarks.browser import PATIENCE, places_on_screen
from explorer.recipe.compose import compose
from explorer.recipe.link_text import recipe_of_link
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded

SIDE = 64  # pixels of a face of the model that ships
RERUN = "new KeyboardEvent('keydown', { key: 'r', code: 'KeyR', bubbles: true })"
PIXELS = """
(canvas, [x, y, side]) => {
  const n = Number(canvas.dataset.factor ?? 1); // pixels of the canvas for one of the decoder
  const { data } = canvas.getContext("2d").getImageData(n * x, n * y, n * side, n * side);
  const own = Array.from({ length: side }, (_, k) => n * k); // the others lie between them
  const at = own.flatMap((row) => own.map((column) => 4 * (n * side * row + column)));
  return at.flatMap((k) => [data[k], data[k + 1], data[k + 2]]);
}
"""


def face(page, name: str = "Edited face"):
    # One that is not seen now is painted all the same.
    return page.get_by_role("img", name=name, exact=True, include_hidden=True)


def face_map(page):
    return page.get_by_role("img", name="Face map", exact=True)


def slider(page, name: str):
    return page.get_by_role("slider", name=name, exact=True)


def press(page, name: str, key: str, times: int) -> None:
    slider(page, name).focus()
    for _ in range(times):
        page.keyboard.press(key)


def pane(page, name: str) -> None:
    """Open a tab beside the face: Map, Grid, Kept faces or Report card."""
    page.get_by_role("tab", name=name, exact=True).click()


def pixels(picture, x: int = 0, y: int = 0, side: int = SIDE) -> np.ndarray:
    """(side, side, 3) uint8: one face of a canvas as decoded, from its pixel x, y on."""
    return np.array(picture.evaluate(PIXELS, [x, y, side]), np.uint8).reshape(side, side, 3)


def decoded(loaded: Loaded, recipe: Recipe) -> np.ndarray:
    """(64, 64, 3) uint8: what its renderer draws for a recipe."""
    return loaded.renderer_of(recipe).decode(compose(recipe, loaded.run.space)[None])[0]


def levels_apart(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def expect(said: Callable[[], bool], what: str) -> None:
    """Wait until `said()` is true; the picture on the screen comes some frames after the hand."""
    end = time.monotonic() + PATIENCE
    while not said():
        assert time.monotonic() < end, f"expected {what} within {PATIENCE} s"
        time.sleep(0.05)


def frames(page) -> None:
    """Let the browser draw what it has been told so far."""
    two = "requestAnimationFrame(() => requestAnimationFrame(done))"
    page.evaluate(f"() => new Promise((done) => {two})")


def at_rest(page) -> None:
    """Wait until no script of Streamlit's runs and what the last one said is drawn."""
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    frames(page)


def round_trip(page) -> None:
    """Run the script once more, as the key R does. It runs behind all that the page has asked for:
    afterwards that has come, too.
    """
    at_rest(page)
    page.evaluate(f"document.body.dispatchEvent({RERUN})")
    at_rest(page)


def expect_face(page, expected: np.ndarray, name: str = "Edited face") -> None:
    # One level, because rounding differs with what is decoded in the same batch.
    expect(lambda: levels_apart(pixels(face(page, name)), expected) <= 1, f"{name} as decoded")


def linked(page) -> Recipe | None:
    """The recipe in the address; page.url would be the address of some time ago."""
    query = parse_qs(urlparse(page.evaluate("location.href")).query)
    return recipe_of_link(query["face"][0]) if "face" in query else None


def expect_link(page, recipe: Recipe) -> None:
    expect(lambda: linked(page) == recipe, f"{recipe} in the address")


def points(page, loaded: Loaded) -> list[dict]:
    """The faces of the map: id, x and y on the screen, the most solitary one first."""
    places = places_on_screen(page, loaded.run.face_map.positions("attributes/umap2"))
    gaps = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    order = np.argsort(-gaps.min(1))
    ids = loaded.run.faces.ids
    return [{"id": str(ids[k]), "x": places[k, 0], "y": places[k, 1]} for k in order]


def legend(page) -> list[str]:
    # Not by role: while a select box is open, the rest of the page is hidden from roles.
    return page.locator(".legend button .text").all_text_contents()


def choose(page, label: str, option: str) -> None:
    """Take one option of a Streamlit select box."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.keyboard.type(option)
    page.keyboard.press("Enter")


def choose_method(page, label: str) -> None:
    """Take a method of attributes by its name, which is a click away from clean to strong."""
    method = page.get_by_role("combobox", name="Method")
    if not method.is_visible():
        page.get_by_text("Methods", exact=True).click()
    method.select_option(label)
