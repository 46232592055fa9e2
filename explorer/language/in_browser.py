"""What scripts are told of a language; explorer/components/language.js reads it."""

import json
from functools import cache
from typing import Any

from explorer.language.catalogues import plural_form, texts_of
from explorer.language.nouns import OF_FACES
from explorer.language.text import instead_of_faces

IN_BROWSER = ("explorer/components/", "explorer/site/")  # files whose texts scripts show


@cache
def script_of(language: str) -> str:
    """A catalogue as a script: of each text that the browser shows all forms, and which one when.

    What counts for plurals is written in C in a catalogue, which JavaScript reads, too.
    """
    shown = texts_of(language, IN_BROWSER)
    form = plural_form(language)
    return f"export default {{ texts: {json.dumps(shown)}, form: (n) => Number({form}) }};"


def told_instead() -> dict[str, Any] | None:
    """What is said in place of words about faces, and in which texts it is not; None where these
    are meant. In the language that is spoken.
    """
    found = instead_of_faces()
    return found and {"words": dict(found.words), "unless": OF_FACES}
