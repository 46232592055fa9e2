"""`python -m explorer.language [CODE ...]` brings the catalogues up to the texts in the code.

New texts come without a translation, those that nobody shows any more go. CODE: begin another
language, such as fr. What is to be done then stands in CONTRIBUTING.md.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from explorer.language.catalogues import FOLDER, LANGUAGES, SOURCE

ROOT = FOLDER.parents[1]
PLACES = ("data", "training", "explorer")  # whose texts are translated
METHODS = [("**.py", "python"), ("**.js", "javascript")]
OPTIONS = {"**.js": {"parse_template_string": True}}  # also in `${...}`
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2), "NP_": ((1, "c"), 2), "T_": None}


def extracted() -> Catalog:
    """All texts that the code marks, each with the files that show it."""
    found = Catalog()
    for place in PLACES:
        for name, _, text, comments, context in extract_from_dir(
            ROOT / place, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",)
        ):
            # Lines are left out: they change with every edit.
            file = (Path(place) / name).as_posix()
            found.add(text, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def read(path: Path) -> Catalog:
    """A .po file, whose name is that of its language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def updated(language: str, texts: Catalog) -> Catalog:
    """The catalogue of a language with these texts, as far as they are translated."""
    path = FOLDER / f"{language}.po"
    catalogue = read(path) if path.is_file() else Catalog(locale=language)
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = "latent-space-explorer", "0.1.0"
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    # What the page's choice of languages shows.
    name = Locale.parse(language).get_display_name() or language
    catalogue.language_team = name[0].upper() + name[1:]
    catalogue.header_comment = f"# {catalogue.language_team}, see CONTRIBUTING.md."
    catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The texts without a translation."""
    return [text_of(m.id) for m in catalogue if m.id and not all(forms(m.string))]


def text_of(text: str | Sequence[str]) -> str:
    """The first form of a text."""
    return text if isinstance(text, str) else text[0]


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """All forms of a text; of a translation that is none yet, one that is empty."""
    return tuple(text or ("",)) if not isinstance(text, str) else (text,)


def main(arguments: list[str] | None = None) -> None:
    """Write the catalogues, and say how much each lacks."""
    parser = argparse.ArgumentParser("python -m explorer.language", description=__doc__)
    parser.add_argument("code", nargs="*", help="of a language to begin: fr")
    codes = parser.parse_args(arguments).code
    texts = extracted()
    for language in sorted({*LANGUAGES, *codes} - {SOURCE}):
        try:
            Locale.parse(language)
        except (UnknownLocaleError, ValueError):
            parser.error(f"expected the code of a language, such as fr; found {language}")
        catalogue = updated(language, texts)
        with (FOLDER / f"{language}.po").open("wb") as file:
            write_po(file, catalogue, width=100, sort_by_file=True, include_lineno=False)
        print(f"{language}: {len(missing(catalogue))} of {len(catalogue)} texts to be translated")


if __name__ == "__main__":
    main()
