"""Every text has its translation, nothing but texts has one, and each says the same as its text."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.language.__main__ import ROOT, extracted, forms, main, missing, read, text_of
from explorer.language.catalogues import (
    FOLDER,
    LANGUAGES,
    SOURCE,
    best,
    catalogue,
    own_name,
    plural_form,
    texts_of,
)
from explorer.language.in_browser import IN_BROWSER

OTHERS = [language for language in LANGUAGES if language != SOURCE]
# What is the same in every language: names of formats, methods and units, and formulas.
SAME = {"VAE", "PSNR", "ELBO", "UMAP", "PCA", "NPY", "CSV", "JSON", "PNG", "SSIM", ":primary[]"}
# Calls that show their first argument, and arguments that are shown.
SHOW = {
    *("button", "caption", "checkbox", "download_button", "error", "expander", "header", "info"),
    *("markdown", "metric", "multiselect", "number_input", "page_link", "pills", "popover"),
    *("progress", "say", "segmented_control", "select_slider", "selectbox", "slider", "spinner"),
    *("subheader", "success", "text_input", "title", "toast", "toggle", "warning", "Step"),
}
SHOWN = {"help", "placeholder", "label", "title", "lead", "about"}
IN_SCRIPTS = re.compile(
    r"""(?:"aria-label"|"aria-description"|title|placeholder|alt):\s*["`]([^"`]*[A-Za-z]{2}[^"`]*)"""
    r"""|(?:textContent|title|placeholder)\s*=\s*["`]([^"`]*[A-Za-z]{2}[^"`]*)"""
)


def id_of(message) -> tuple:
    return message.context, text_of(message.id)


@pytest.fixture(scope="module")
def texts() -> dict:
    """All that the code marks."""
    return {id_of(message): message for message in extracted() if message.id}


def test_german_and_spanish_are_there():
    assert {"de", "es"} <= set(OTHERS)
    assert [own_name(language) for language in ("de", "en", "es")] == [
        "Deutsch",
        "English",
        "Español",
    ]


def test_texts_of_python_and_of_scripts_are_found(texts):
    assert (None, "Random face") in texts
    assert (None, "Reset edits") in texts
    assert ("label", "Eyeglasses") in texts
    places = {Path(file).suffix for message in texts.values() for file, _ in message.locations}
    assert places == {".py", ".js"}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_nothing_else_is(language, texts):
    found = read(FOLDER / f"{language}.po")
    known = {id_of(message) for message in found if message.id}
    assert sorted(map(str, set(texts) - known)) == [], "run python -m explorer.language"
    assert sorted(map(str, known - set(texts))) == [], "nobody shows these"
    lacking = missing(found)
    assert not lacking, f"{len(lacking)} texts of {len(texts)} are to be translated: {lacking[:5]}"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_what_their_texts_have(language):
    for message in read(FOLDER / f"{language}.po"):
        if not message.id:
            continue
        text = text_of(message.id)
        for said in forms(message.string):
            # A form for a single one need not say that it is one.
            assert holes(said) in map(holes, forms(message.id)), (text, said)
            assert sorted(re.findall(r"\$[^$]+\$", said)) == sorted(
                re.findall(r"\$[^$]+\$", text)
            ), (text, said)
            assert said.count("**") == text.count("**"), (text, said)
            assert re.findall(r"`[^`]+`", said) == re.findall(r"`[^`]+`", text), (text, said)
            assert re.findall(r"\]\([^)]*\)", said) == re.findall(r"\]\([^)]*\)", text), text
            assert re.findall(r":material/\w+:", said) == re.findall(r":material/\w+:", text)
            assert (said[:1].isspace(), said[-1:].isspace()) == (
                text[:1].isspace(),
                text[-1:].isspace(),
            ), (text, said)


def holes(text: str) -> list[tuple]:
    """What is put in, and how it is written."""
    parsed = string.Formatter().parse(text)
    return sorted((name, spec, how or "") for _, name, spec, how in parsed if name is not None)


def test_plurals_have_as_many_forms_as_the_language():
    for language in OTHERS:
        found = read(FOLDER / f"{language}.po")
        many = [message for message in found if isinstance(message.id, tuple | list)]
        assert many
        assert all(len(forms(message.string)) == found.num_plurals for message in many)
    said = catalogue("de").ngettext("{count:,} face", "{count:,} faces", 1)
    assert said == "{count:,} Gesicht"


@pytest.mark.parametrize("language", OTHERS)
def test_the_browser_gets_every_text_of_its_scripts(language: str, texts):
    told = texts_of(language, IN_BROWSER)
    shown = [
        text
        for (context, text), message in texts.items()
        if not context and any(file.endswith(".js") for file, _ in message.locations)
    ]
    assert len(shown) > 200
    assert [text for text in shown if text not in told] == []


def test_the_browser_gets_what_scripts_show():
    told = texts_of("de", ("explorer/components/",))
    assert told["Reset edits"] == ["Zurücksetzen"]
    assert len(told["Release the lock"]) == 2
    assert "What a discriminator adds" not in told
    assert texts_of(SOURCE, ("explorer/",)) == {}
    assert plural_form("de") == "(n != 1)"


def test_the_best_language_is_found_in_what_a_browser_says():
    assert best(["de-AT"]) == "de"
    assert best(["es_MX"]) == "es"
    assert best(["fr", "de"]) == "de"
    assert best(["fr-FR"]) == best([""]) == best([]) == SOURCE


def test_a_new_language_is_one_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("explorer.language.__main__.FOLDER", tmp_path)
    monkeypatch.setattr("explorer.language.__main__.LANGUAGES", (SOURCE,))
    main(["fr"])
    begun = read(tmp_path / "fr.po")
    assert len(begun) == len(extracted())
    assert "Français, see CONTRIBUTING.md" in (tmp_path / "fr.po").read_text(encoding="utf-8")
    told = capsys.readouterr().out
    assert told == f"fr: {len(begun)} of {len(begun)} texts to be translated\n"
    begun.get("Random face").string = "Visage au hasard"
    write(begun, tmp_path / "fr.po")
    main(["fr"])  # what is translated stays
    assert read(tmp_path / "fr.po").get("Random face").string == "Visage au hasard"
    with pytest.raises(SystemExit):
        main(["nonsense!"])


def write(found, path: Path) -> None:
    from babel.messages.pofile import write_po

    with path.open("wb") as file:
        write_po(file, found)


# Nothing is shown that is not marked.


def unmarked(source: str) -> Iterator[str]:
    """Texts that a call shows as they stand in the code."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name not in SHOW:
            continue
        shown = [*call.args[:1], *(k.value for k in call.keywords if k.arg in SHOWN)]
        for node in shown:
            if (said := literal(node)) and re.search("[A-Za-z]{2}", said) and said not in SAME:
                yield f"{name}({said!r})"


def literal(node: ast.expr) -> str:
    """The words of a text that stands there, those of an f-string without what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r":material/\w+:", "", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(value) for value in node.values)
    if isinstance(node, ast.BinOp):
        return literal(node.left) + literal(node.right)
    if isinstance(node, ast.IfExp):
        return literal(node.body) + literal(node.orelse)
    return ""


def test_pages_show_no_text_that_is_not_marked():
    found = {
        path.relative_to(ROOT).as_posix(): list(unmarked(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "explorer" / "page").rglob("*.py"))
    }
    assert {file: texts for file, texts in found.items() if texts} == ALLOWED


# Units, formulas and names, which have no words of a language.
ALLOWED: dict[str, list[str]] = {}


def test_scripts_show_no_text_that_is_not_marked():
    found = {}
    for path in sorted((ROOT / "explorer").rglob("*.js")):
        bare = re.sub(r"\$\{[^}]*\}", "", path.read_text(encoding="utf-8"))
        texts = [a or b for a, b in IN_SCRIPTS.findall(bare) if (a or b) not in SAME]
        if texts:
            found[path.name] = texts
    assert found == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('st.button("Random face")', ["button('Random face')"]),
        ('st.caption(f"{count} faces")', ["caption(' faces')"]),
        ('st.markdown("one " + "two")', ["markdown('one two')"]),
        ('st.info("a" if b else "some words")', ["info('asome words')"]),
        ('st.button(_("x"), help="Some words")', ["button('Some words')"]),
        ('st.button(_("Random face"), key="random", icon=":material/info:")', []),
        ('st.markdown(f"**{name}**")', []),
        ('st.popover("", icon=":material/tune:")', []),
        ('st.subheader("VAE")', []),
    ],
)
def test_a_text_that_is_not_marked_is_found(source: str, found: list[str]):
    assert list(unmarked(source)) == found
