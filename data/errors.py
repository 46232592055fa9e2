"""Errors that are meant for the person at the keyboard or before the page.

A command line says them in English, a page in the language of its reader. So where somebody
before a page may meet an error, its texts are made by `T_`, which keeps what they were made of.
"""

import shlex
from pathlib import Path
from typing import Any


class Told(str):
    """A text and what it was made of.

    values: of what stands in {braces} in the template; one that is Told itself can be said in
    another language, too.
    """

    template: str
    values: dict[str, Any]


def T_(template: str, **values: Any) -> Told:
    """The text of a template, which is marked for the catalogues of explorer/language."""
    text = Told(template.format(**values))
    text.template, text.values = template, values
    return text


class ErrorForPeople(ValueError):
    """Says what was expected, what was found and what to do next, one line each."""

    def __init__(self, expected: str, found: str, next: str):
        super().__init__(expected, found, next)  # so that it passes from process to process
        self.expected, self.found, self.next = expected, found, next

    def __str__(self) -> str:
        return f"expected: {self.expected}\nfound: {self.found}\nnext: {self.next}"


def quoted(path: Path) -> str:
    """A path as a shell takes it in a command that is to be copied: 'my runs/a'."""
    return shlex.quote(str(path))


class DataError(ErrorForPeople):
    """Pictures or tables are not as they must be; the command line prints it, no traceback."""


def in_short(found: Exception | str, most: int = 200) -> str:
    """A text as it is; of what another error says the beginning."""
    return found if isinstance(found, str) else str(found)[:most]
