"""The languages there are, each one file beside this one: de.po makes German one of them."""

import gettext
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE = "en"  # of the texts in the code, which need no file
LANGUAGES = (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of one of LANGUAGES; a text without one stays as it is."""
    if language == SOURCE:
        return gettext.NullTranslations()
    # Babel reads what translators write, gettext reads what Babel compiles.
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, read(FOLDER / f"{language}.po"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read(path: Path):  # type: ignore[no-untyped-def]  # a babel.messages.Catalog
    """A .po file, whose name is that of its language."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


@cache
def texts_of(language: str, places: tuple[str, ...]) -> dict[str, list[str]]:
    """Text -> its forms in a language, of what is shown by files of these places; what has no
    translation is left out.
    """
    if language == SOURCE:
        return {}
    found = {}
    for message in read(FOLDER / f"{language}.po"):
        one = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        shown = any(file.startswith(places) for file, _ in message.locations)
        if one and shown and all(forms) and not message.context:
            found[one] = forms
    return found


def plural_form(language: str) -> str:
    """Which form a number n takes, from 0: an expression of C."""
    return "n != 1" if language == SOURCE else read(FOLDER / f"{language}.po").plural_expr


@cache
def own_name(language: str) -> str:
    """How a language calls itself: "Deutsch"."""
    from babel import Locale

    name = Locale.parse(language).get_display_name() or language
    return name[0].upper() + name[1:]


def best(wanted: Sequence[str]) -> str:
    """The language of LANGUAGES for somebody who wants some, the dearest first: "de-AT", "fr"."""
    for tag in wanted:
        code = tag.replace("_", "-").partition("-")[0].lower()
        if code in LANGUAGES:
            return code
    return SOURCE
