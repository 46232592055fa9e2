"""The page in the browser of somebody who reads German: also what the scripts draw."""

import pytest

from benchmarks.browser import PATIENCE, STILL
from tests.page.seen import at_rest, expect, linked, press, slider

pytestmark = pytest.mark.browser


@pytest.fixture
def german(browser, app):
    """A new visitor's page, whose browser wants German; its first face is painted."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="de-AT")
    page.add_init_script(STILL)
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(app.url)
    painted(page, "Geändertes Gesicht")
    yield page
    page.close()


def painted(page, name: str) -> None:
    page.locator(f'[aria-label="{name}"][data-frame]').first.wait_for(state="attached")
    at_rest(page)


def test_a_german_browser_opens_a_german_page_and_english_is_a_choice_away(german):
    page = german
    assert page.evaluate("document.documentElement.lang") == "de"
    assert "language=" not in page.evaluate("location.href")
    # Python's texts, and those of the scripts: a slider, chips, the map and its tools.
    page.get_by_role("button", name="Zufallsgesicht", exact=True).wait_for()
    page.get_by_role("tab", name="Karte", exact=True).wait_for()
    page.get_by_role("button", name="Mit einem Lasso auswählen", exact=True).wait_for()
    page.get_by_text("Keine Änderungen.").wait_for()
    press(page, "Brille", "ArrowRight", 4)
    page.get_by_role("button", name="Brille wegnehmen", exact=True).wait_for()
    expect(lambda: linked(page) is not None, "the face in the address")
    at_rest(page)
    face = linked(page)
    assert face.amounts["attributes"]["Eyeglasses"] > 0
    expect(
        lambda: any("nicht Lächeln" in text for text in page.locator(".legend").all_inner_texts()),
        "the legend in German",
    )

    page.get_by_role("combobox", name="Sprache").click()
    page.keyboard.type("English")
    page.keyboard.press("Enter")
    painted(page, "Edited face")
    page.get_by_role("button", name="Random face", exact=True).wait_for()
    page.get_by_role("button", name="Take Eyeglasses away", exact=True).wait_for()
    page.get_by_role("button", name="Select with a lasso", exact=True).wait_for()
    assert page.get_by_role("button", name="Brille wegnehmen").count() == 0
    assert float(slider(page, "Eyeglasses").input_value()) == pytest.approx(
        face.amounts["attributes"]["Eyeglasses"]
    )
    assert linked(page) == face
    assert "language=en" in page.evaluate("location.href")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_choice_of_a_language_stays_where_the_page_turns(german, app):
    page = german
    page.goto(f"{app.url}/?language=es")
    painted(page, "Cara cambiada")
    page.get_by_role("link", name="Modelo", exact=True).click()
    page.get_by_role("heading", name="Modelo", exact=True).wait_for()
    expect(lambda: "language=es" in page.evaluate("location.href"), "the language in the address")


@pytest.mark.parametrize("width", [1280, 390])
def test_long_words_do_not_widen_the_page(german, width: int):
    page = german
    page.set_viewport_size({"width": width, "height": 844})
    at_rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Nothing is cut off on the stage: its words wrap or fit.
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".stButton p, .stPopover button p, [role=tab] p")]
          .filter((p) => p.offsetParent && p.scrollWidth > p.clientWidth + 1)
          .map((p) => p.textContent)"""
    )
    assert cut == []
