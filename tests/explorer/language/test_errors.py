"""What errors say reaches a page in its language, whoever made them, and whenever."""

import pickle
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.errors import T_, DataError
from explorer.language.errors import told, translated
from explorer.language.text import speaking
from explorer.recipe.errors import RecipeError
from explorer.run.loaded import open_run
from explorer.run.twin import NAMES
from training.run.run_folder import CONFIG, RunError


def test_a_text_is_put_together_anew_in_the_language_that_is_spoken():
    text = T_("{name} in {folder}", name=CONFIG, folder=Path("runs/mine"))
    assert text == "config.json in runs/mine"
    assert translated(text) == text
    with speaking("de"):
        assert translated(T_("no such file")) == "keine solche Datei"
        assert translated("somebody else's words, {braces} too") == (
            "somebody else's words, {braces} too"
        )


def test_what_is_put_in_is_said_in_that_language_too():
    text = T_("the {kind} twin of {run} in {folder}", kind=NAMES["ae"], run="mine", folder="runs/x")
    assert text == "the hourglass twin of mine in runs/x"
    with speaking("de"):
        assert translated(text) == "der Zwilling von mine in runs/x (Sanduhr)"


def test_braces_of_values_are_left_alone():
    text = T_("a readable {path}", path="{run}/{0}")
    assert text == "a readable {run}/{0}"
    with speaking("es"):
        assert translated(text) == "un archivo legible {run}/{0}"


def test_an_error_passes_to_another_process_with_what_it_was_made_of():
    error = pickle.loads(pickle.dumps(DataError(T_("no such file"), "{}", "next")))
    assert isinstance(error, DataError)
    with speaking("de"):
        assert told(error) == "erwartet: keine solche Datei\ngefunden: {}\nweiter: next"


def test_a_run_that_was_refused_once_is_refused_in_each_language(tmp_path: Path):
    (tmp_path / "run").mkdir()
    said = []
    for language in ("en", "de", "es"):
        with speaking(language), pytest.raises(RunError) as caught:
            open_run(tmp_path / "run")
        with speaking(language):
            said.append(told(caught.value).splitlines()[1])
    assert said == [
        "found: an empty folder",
        "gefunden: ein leerer Ordner",
        "encontrado: una carpeta vacía",
    ]


def test_other_errors_say_what_they_say():
    with speaking("de"):
        assert told(RecipeError("its own words")) == "its own words"


def problem(language: str, root: str) -> None:
    from pathlib import Path

    from explorer.language.text import speaking
    from explorer.page.run_problem import show_run_problem
    from explorer.run.loaded import open_run
    from training.run.run_folder import RunError

    with speaking(language):
        try:
            open_run(Path(root))
        except RunError as error:
            show_run_problem(error)


def test_the_page_in_place_of_a_run_is_in_one_language(tmp_path: Path):
    given = {"language": "de", "root": str(tmp_path / "none")}
    page = AppTest.from_function(problem, kwargs=given, default_timeout=60).run()
    assert not page.exception
    (error,) = page.error
    assert "**Erwartet** der Ordner eines Laufs in" in error.value
    assert "**Gefunden** kein solcher Ordner" in error.value
    assert page.code[0].value.startswith("einen trainieren: python -m training fit")
