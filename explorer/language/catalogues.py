"""The languages there are, each one file beside this one: de.po makes German one of them."""

import gettext
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polib

FOLDER = Path(__file__).parent
SOURCE = "en"  # of the texts in the code, which need no file
LANGUAGES = (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of one of LANGUAGES; a text without one stays as it is."""
    if language == SOURCE:
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(_file(language).to_binary()))


@cache
def _file(language: str) -> polib.POFile:
    return polib.pofile(str(FOLDER / f"{language}.po"), encoding="utf-8")


@cache
def texts_of(language: str, places: tuple[str, ...]) -> dict[str, list[str]]:
    """Text -> its forms in a language, of what is shown by files of these places; what has no
    translation is left out.
    """
    if language == SOURCE:
        return {}
    found = {}
    for entry in _file(language).translated_entries():
        shown = any(file.startswith(places) for file, _ in entry.occurrences)
        if shown and not entry.msgctxt:
            found[entry.msgid] = list(entry.msgstr_plural.values()) or [entry.msgstr]
    return found


def plural_form(language: str) -> str:
    """Which form a number n takes, from 0: an expression of C."""
    if language == SOURCE:
        return "n != 1"
    return _file(language).metadata["Plural-Forms"].partition("plural=")[2].rstrip("; ")


@cache
def own_name(language: str) -> str:
    """How a language calls itself, as its catalogue says: "Deutsch"."""
    return "English" if language == SOURCE else _file(language).metadata["Language-Team"]


def best(wanted: Sequence[str]) -> str:
    """The language of LANGUAGES for somebody who wants some, the dearest first: "de-AT", "fr"."""
    for tag in wanted:
        code = tag.replace("_", "-").partition("-")[0].lower()
        if code in LANGUAGES:
            return code
    return SOURCE
