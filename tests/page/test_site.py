"""The page without a server, in a real Chromium, from Python's plain file server."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest

from benchmarks.browser import PATIENCE, wait_for_face, wait_for_map
from benchmarks.site import served
from explorer.language.catalogues import texts_of
from explorer.map.layouts import layout
from explorer.recipe.code_text import code_from_text
from explorer.recipe.link_text import link_text, recipe_of_link
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import Sample
from explorer.run.loaded import Loaded
from explorer.site.write import REPOSITORY, write_site
from tests.page.seen import decoded, expect, face, levels_apart, pixels, points, slider
from tests.page.test_accessible import AXE, RUN

pytestmark = pytest.mark.browser

FACES = 3  # random ones of the site under test
WITHIN = 2  # levels; codes and weights are in half precision
MOST = 0.98  # of the values that are no farther from the server's than that


@pytest.fixture(scope="module")
def address(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site of the model that ships is served."""
    if not (REPOSITORY / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("needs the packages of package.json: npm ci")
    out = tmp_path_factory.mktemp("site") / "site"
    write_site(shipped, out, faces=FACES)

    with served(out) as address:
        yield address


class Visit:
    """A page of the site, what it asked for, and what its console complained of."""

    def __init__(
        self, browser, address: str, path: str = "", face: str = "Edited face", **screen: object
    ):
        """face: how the edited face is called in the language of the visit."""
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 800}, **screen)
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        # Nothing but the site can be reached, as without a network.
        self.page.route("**/*", self._only(address))
        self.page.goto(address + path)
        self.page.locator(f'[aria-label="{face}"][data-frame]').wait_for()

    @staticmethod
    def _only(address: str):
        return lambda route: (
            route.continue_() if route.request.url.startswith(address) else route.abort()
        )


@pytest.fixture
def visit(browser, address: str) -> Iterator[Visit]:
    visit = Visit(browser, address)
    yield visit
    visit.page.close()


def linked(page) -> Recipe | None:
    """The recipe behind the # of the address."""
    held = parse_qs(urlparse(page.evaluate("location.href")).fragment)
    return recipe_of_link(held["face"][0]) if "face" in held else None


def expect_linked(page, recipe: Recipe) -> None:
    expect(lambda: linked(page) == recipe, f"{recipe} in the address")


def expect_drawn(page, loaded: Loaded, recipe: Recipe, name: str = "Edited face") -> None:
    expected = decoded(loaded, recipe).astype(int)

    def is_drawn() -> bool:
        away = np.abs(pixels(face(page, name)).astype(int) - expected)
        return (away <= WITHIN).mean() >= MOST

    expect(is_drawn, f"{recipe} as the server draws it")


def test_a_slider_is_dragged_and_the_face_is_that_of_the_server(visit: Visit, loaded: Loaded):
    page, first = visit.page, loaded.run.first_recipe
    expect_drawn(page, loaded, first)
    before = pixels(face(page))
    box = slider(page, "Smiling").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], y, steps=8)
    expect(lambda: levels_apart(pixels(face(page)), before) > 20, "another face under the hand")
    assert linked(page) is None  # before the hand lets go
    page.mouse.up()
    expect(lambda: linked(page) is not None, "the face in the address")
    recipe = linked(page)
    amount = recipe.amounts["attributes"]["Smiling"]
    assert -2.2 < amount < -1.2
    assert recipe == first.with_amount("attributes", "Smiling", amount)
    expect_drawn(page, loaded, recipe)
    assert visit.complaints == []


def test_the_other_renderer_draws_the_same_code(visit: Visit, loaded: Loaded):
    page = visit.page
    page.get_by_role("radio", name="Mean", exact=True).check()
    expect_drawn(page, loaded, loaded.run.first_recipe.changed(renderer="mean"))


def test_a_click_on_the_map_takes_that_face_and_reload_keeps_it(visit: Visit, loaded: Loaded):
    page, run = visit.page, loaded.run
    wait_for_map(page)
    point = points(page, loaded)[0]
    page.mouse.click(point["x"], point["y"])
    recipe = run.first_recipe.with_source(Source("picture", point["id"]))
    expect_linked(page, recipe)
    expect_drawn(page, loaded, recipe)
    overlay = page.locator("canvas.overlay")
    row = list(run.faces.ids).index(point["id"])
    place = layout(run, "attributes/umap2").place(run.faces.mean[row]).position
    said = "(c) => JSON.parse(c.dataset.place || '[1e9, 1e9]')"
    expect(lambda: np.hypot(*(overlay.evaluate(said) - place)) < 0.05, "the marker at its place")
    page.reload()
    wait_for_face(page)
    expect_drawn(page, loaded, recipe)
    expect_linked(page, recipe)


def test_undo_back_and_random_faces(visit: Visit, loaded: Loaded):
    page, first = visit.page, loaded.run.first_recipe
    page.get_by_role("button", name="Random face").click()
    expect(lambda: linked(page) is not None, "a random face in the address")
    random = linked(page)
    assert random.source.kind == "sample"
    assert random.source.value.seed < FACES
    expect_drawn(page, loaded, random)
    page.get_by_role("button", name="Undo").click()
    expect_linked(page, first)
    expect_drawn(page, loaded, first)
    page.go_back()
    expect_drawn(page, loaded, random)
    page.get_by_role("button", name="Mean face").click()
    mean = random.fresh_face(Source("mean"))
    expect_linked(page, mean)
    expect_drawn(page, loaded, mean)  # where the sharp renderer fades to the mean


def test_links_of_the_app_open_here_and_what_cannot_is_said(browser, address: str, loaded: Loaded):
    run = loaded.run
    recipe = run.first_recipe.with_source(Source("picture", str(run.faces.ids[7])))
    recipe = recipe.with_amount("attributes", "Eyeglasses", 1.0).changed(locks=["Smiling"])
    visit = Visit(browser, address, f"#face={link_text(recipe)}")
    expect_drawn(visit.page, loaded, recipe)
    visit.page.close()
    other = run.first_recipe.with_source(Source("sample", Sample(123456, 0.7)))
    visit = Visit(browser, address, f"#face={link_text(other)}")
    told = visit.page.get_by_text("This page cannot show the face of the link")
    told.wait_for()
    assert "only the explorer on a server can draw" in told.text_content()
    expect_drawn(visit.page, loaded, run.first_recipe)
    visit.page.close()


def test_arithmetic_adds_codes(visit: Visit, loaded: Loaded):
    page, run = visit.page, loaded.run
    page.get_by_role("tab", name="Arithmetic").click()
    page.get_by_label("Operand B").select_option("without:Eyeglasses")
    page.get_by_label("Operand C").select_option("with:Eyeglasses")
    has = run.faces.label("Eyeglasses").astype(bool)
    codes = run.faces.mean.astype(np.float64)
    row = list(run.faces.ids).index(run.first_recipe.source.value)
    expected = codes[row] - codes[~has].mean(0) + codes[has].mean(0)
    page.get_by_text(f"C: {has.sum():,} faces.").wait_for()
    page.get_by_role("button", name="Edit this face").click()
    expect(lambda: linked(page) is not None, "the result in the address")
    found = linked(page)
    np.testing.assert_allclose(code_from_text(found.source.value), expected, atol=0.01)
    expect_drawn(page, loaded, found)


def test_nothing_is_asked_of_anybody_else(visit: Visit, address: str):
    page = visit.page
    wait_for_map(page)
    for pane in ("Arithmetic", "Grid", "Kept faces", "Map"):
        page.get_by_role("tab", name=pane).click()
    page.get_by_role("button", name="Random face").click()
    expect(lambda: linked(page) is not None, "a random face in the address")
    outside = [url for url in visit.asked if not url.startswith((address, "blob:", "data:"))]
    assert outside == []
    assert any(url.endswith("lib/onnxruntime.wasm.gz") for url in visit.asked)
    assert visit.complaints == []


def test_on_a_phone_face_or_map_are_shown_and_nothing_sticks_out(browser, address: str):
    visit = Visit(browser, address)
    page = visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    stage = page.get_by_role("application")
    assert face(page).is_visible()
    assert not stage.is_visible()
    page.get_by_role("radio", name="Map and more").check()
    wait_for_map(page)
    assert stage.is_visible()
    assert not face(page).is_visible()
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    page.close()


# What somebody reads or hears of a page, also inside its components.
READ = """() => {
  const found = [];
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
    if (node instanceof Element) {
      for (const name of ["aria-label", "aria-description", "title", "placeholder", "alt"])
        found.push(node.getAttribute(name) ?? "");
      if (node.matches("style, script, noscript")) return;
      if (node.shadowRoot) read(node.shadowRoot);
    }
    node.childNodes.forEach(read);
  };
  read(document.body);
  return [...new Set(found.map((text) => text.trim()).filter(Boolean))];
}"""


HOLE = r"\{[^{}]*\}"  # of a text, where a value is put in


def left_in_english(page, language: str) -> list[str]:
    """What the page says in the words of a text that the language has other words for."""
    known = texts_of(language, ("explorer/",))
    right = {form for forms in known.values() for form in forms}  # "Attribute" is German, too
    english = [
        (pattern(text), [*map(pattern, forms)])
        for text, forms in known.items()
        if re.search("[a-z]{3}", re.sub(HOLE, "", text))  # "no" is Spanish, too
    ]
    return [
        text
        for text in page.evaluate(READ)
        if text not in right
        and any(
            of.fullmatch(text) and not any(other.fullmatch(text) for other in others)
            for of, others in english
        )
    ]


def pattern(text: str) -> re.Pattern[str]:
    """What a text is once its values are put in."""
    return re.compile(".+".join(map(re.escape, re.split(HOLE, text))), re.S)


@pytest.mark.parametrize("language", ["de", "es"])
def test_a_visit_is_in_one_language(browser, address: str, language: str):
    told = {text: forms[0] for text, forms in texts_of(language, ("explorer/",)).items()}
    visit = Visit(browser, address, f"?language={language}", told["Edited face"])
    page = visit.page
    assert page.evaluate("document.documentElement.lang") == language
    page.locator(f'[aria-label="{told["Face map"]}"][data-frame]').wait_for()
    page.locator("details.about summary").click()
    said = set()
    for pane in ("Arithmetic", "Grid", "Kept faces", "Map"):
        page.get_by_role("tab", name=told[pane], exact=True).click()
        said |= set(page.evaluate(READ))
        assert left_in_english(page, language) == []
    assert len(said) > 300
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("radio", name=told["Map and more"]).check()
    page.locator(".toolbar button").first.click(trial=True)  # no longer word lies on it
    assert visit.complaints == []
    page.close()


def test_english_would_be_found(visit: Visit):
    found = left_in_english(visit.page, "de")
    assert {"Random face", "Undo", "Kept faces", "Face 198852"} - set(found) == set()


def test_the_language_is_the_browsers_until_another_one_is_chosen(
    browser, address: str, loaded: Loaded
):
    visit = Visit(browser, address, "", "Geändertes Gesicht", locale="de-AT")
    page = visit.page
    page.get_by_role("button", name="Mittleres Gesicht").click()
    mean = loaded.run.first_recipe.fresh_face(Source("mean"))
    expect_linked(page, mean)
    page.get_by_role("slider", name="Brille").wait_for()
    page.get_by_role("combobox", name="Sprache").select_option("Español")
    page.locator('[aria-label="Cara cambiada"][data-frame]').wait_for()
    assert "?language=es#face=" in page.evaluate("location.href")
    expect_linked(page, mean)
    expect_drawn(page, loaded, mean, "Cara cambiada")
    page.reload()
    page.get_by_role("combobox", name="Idioma").wait_for()
    assert visit.complaints == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_in_the_way_of_anybody(browser, address: str, scheme: str):
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm ci")
    visit = Visit(browser, address, color_scheme=scheme)
    page = visit.page
    wait_for_map(page)
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(RUN) == []
    page.get_by_role("tab", name="Arithmetic").click()
    page.get_by_text("C: ").wait_for()
    assert page.evaluate(RUN) == []
    page.close()
