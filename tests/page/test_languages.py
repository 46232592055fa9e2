"""The pages in other languages: nothing English is left, addresses mean the same, and what a
session holds stays when another language is chosen."""

import re
import string
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, REPOSITORY
from data.shipped import SHIPPED
from explorer.language.__main__ import read, text_of
from explorer.language.catalogues import FOLDER, LANGUAGES, SOURCE
from explorer.page.explore.map_lens import LENS
from explorer.page.explore.pane import PANE, TABS
from explorer.page.state.language import CHOICE, LINK
from tests.page.test_every_page import PAGES, SHOWN, page

OTHERS = [language for language in LANGUAGES if language != SOURCE]
MAIN = REPOSITORY / "explorer" / "page" / "main.py"
SENTENCE = re.compile(r"\w+ \w+ \w+")  # shorter ones may be the same, or a name


@pytest.fixture(autouse=True)
def shipped_run(shipped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUN", str(SHIPPED))


def visit(language: str = "", **query: str) -> AppTest:
    """A new session of the whole app."""
    test = AppTest.from_file(str(MAIN), default_timeout=PATIENCE)
    if language:
        test.query_params[LINK] = language
    for key, value in query.items():
        test.query_params[key] = value
    return well(test.run())


def well(test: AppTest) -> AppTest:
    assert not [error.value for error in test.exception]
    assert not [error.value for error in test.error]
    return test


@cache
def english(language: str) -> list[str]:
    """The parts of sentences that a page in this language has not."""
    found = []
    for message in read(FOLDER / f"{language}.po"):
        text = text_of(message.id)
        if not text or not message.string or text_of(message.string) == text:
            continue
        parts = [part for part, *_unused in string.Formatter().parse(text)]
        found += [part.strip() for part in parts if SENTENCE.search(part)]
    return found


def said(test: AppTest) -> str:
    """All that the elements of a page say; of a choice its options, not the value behind them, and
    of code nothing.
    """
    texts = []
    for element in test:
        if element.type == "code":
            continue
        options = getattr(element, "options", None)
        texts += map(str, options or [])
        names = ("label", "help", "body", "placeholder", *(() if options else ("value",)))
        for source in (element, getattr(element, "proto", None)):
            found = [getattr(source, name, "") for name in names]
            texts += [text for text in found if isinstance(text, str)]
    return "\n".join(texts)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_english_sentence(name: str, language: str):
    given = {"name": name, "module": SHOWN.get(name, "")}
    test = AppTest.from_function(page, kwargs=given, default_timeout=PATIENCE)
    test.session_state[LINK] = language
    shown = said(well(test.run()))
    assert len(shown) > 100
    assert [text for text in english(language) if text in shown] == []


def test_a_page_in_english_has_english_sentences():
    """Else the test above could not fail."""
    given = {"name": "show_matrix", "module": SHOWN["show_matrix"]}
    shown = said(well(AppTest.from_function(page, kwargs=given, default_timeout=PATIENCE).run()))
    assert [text for text in english("de") if text in shown]


def test_an_address_says_the_language_and_sessions_do_not_mix():
    german, spanish, other = visit("de"), visit("es"), visit()
    assert [label(test, "Random face") for test in (german, spanish, other)] == [
        "Zufallsgesicht",
        "Cara aleatoria",
        "Random face",
    ]
    well(german.run())  # after the others
    assert label(german, "Random face") == "Zufallsgesicht"
    assert LINK not in other.query_params


def label(test: AppTest, text: str) -> str:
    """The button that says a text, in whatever language."""
    known = {text, *(read(FOLDER / f"{other}.po").get(text).string for other in OTHERS)}
    (found,) = [button.label for button in test.button if button.label in known]
    return found


def test_a_language_that_nobody_wrote_is_english():
    assert label(visit("xx"), "Random face") == "Random face"


def test_another_language_keeps_the_face_and_all_that_was_chosen():
    test = visit("en", lens="mix", pane="Grid")
    test.multiselect(key="filter_words").set_value(["+Male", "-Smiling"]).run()
    [button.click() for button in test.button if button.label == "Random face"]
    well(test.run())
    face, past = test.session_state["recipe"], list(test.session_state["past"])
    test.selectbox(key=CHOICE).set_value("de").run()
    well(test)
    assert label(test, "Random face") == "Zufallsgesicht"
    assert test.query_params[LINK] == ["de"] or test.query_params[LINK] == "de"
    assert test.session_state["recipe"] == face
    assert test.session_state["past"] == past
    assert test.session_state["filter_words"] == ["+Male", "-Smiling"]
    assert test.session_state[LENS] == "mix"
    assert test.query_params["lens"] in ("mix", ["mix"])
    assert test.query_params[PANE] in ("Grid", ["Grid"])
    assert test.query_params["face"]
    assert test.session_state[PANE] == "Raster"
    test.selectbox(key=CHOICE).set_value("en").run()
    assert well(test).session_state[PANE] == "Grid"
    assert test.session_state["recipe"] == face


@pytest.mark.parametrize("language", OTHERS)
def test_addresses_mean_the_same_in_every_language(language: str):
    test = visit(language, lens="codes", filter="+Male", pane=TABS[3])
    assert test.session_state[LENS] == "codes"
    assert test.session_state["filter_words"] == ["+Male"]
    assert test.session_state[PANE] != TABS[3]  # its name in that language
    assert test.query_params[PANE] in (TABS[3], [TABS[3]])
    assert test.query_params["filter"] in ("+Male", ["+Male"])
