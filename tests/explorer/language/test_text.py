"""The language belongs to who speaks: a thread, a task, a session; never to the process."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.language import text
from explorer.language.text import N_, NP_, _, label, language, n_, speak_by, speaking
from explorer.recipe.attributes import attribute_name, plain_name
from explorer.recipe.names import source_name
from explorer.recipe.recipe import Source


def test_english_is_spoken_where_nobody_says_otherwise():
    assert language() == "en"
    assert _("Random face") == "Random face"
    assert n_("{count:,} face", "{count:,} faces", 2) == "{count:,} faces"


def test_a_language_is_spoken_inside_and_not_afterwards():
    with speaking("de"):
        assert _("Random face") == "Zufallsgesicht"
        with speaking("es"):
            assert _("Random face") == "Cara aleatoria"
        assert _("Random face") == "Zufallsgesicht"
        assert n_("{count:,} face", "{count:,} faces", 1) == "{count:,} Gesicht"
        assert n_("{count:,} face", "{count:,} faces", 2) == "{count:,} Gesichter"
    assert _("Random face") == "Random face"


@pytest.mark.parametrize("unknown", ["xx", "", None])
def test_a_language_that_nobody_wrote_is_english(unknown):
    with speaking("de"), speaking(unknown):
        assert _("Random face") == "Random face"


def test_what_nobody_translated_stays():
    with speaking("de"):
        assert _("No such text.") == "No such text."
        assert label("Some other label") == "Some other label"


def test_marks_change_nothing():
    assert N_("Random face") == "Random face"
    assert NP_("label", "Young") == "Young"


def test_labels_have_names_of_their_own():
    with speaking("de"):
        assert attribute_name("Wearing_Hat") == "Hut"
        assert plain_name("Wearing_Hat") == "Wearing Hat"
    with speaking("es"):
        assert attribute_name("5_o_Clock_Shadow") == "Barba incipiente"
    assert attribute_name("5_o_Clock_Shadow") == "5 o'Clock Shadow"


def test_rooms_without_a_page_speak_it_too():
    with speaking("de"):
        assert source_name(Source("picture", "000017.jpg")) == "Gesicht 000017"


def test_threads_do_not_mix():
    meet = threading.Barrier(2, timeout=60)

    def said(code: str) -> list[str]:
        with speaking(code):
            found = []
            for _unused in range(20):
                meet.wait()  # both speak now
                found.append(_("Random face"))
            return found

    with ThreadPoolExecutor(2) as pool:
        german, spanish = pool.map(said, ["de", "es"])
    assert set(german) == {"Zufallsgesicht"}
    assert set(spanish) == {"Cara aleatoria"}


def test_who_is_asked_decides_unless_it_is_said(monkeypatch):
    monkeypatch.setattr(text, "_asked", [])
    speak_by(lambda: None)
    assert language() == "en"
    speak_by(lambda: "es")
    assert language() == "es"
    with speaking("de"):
        assert language() == "de"
