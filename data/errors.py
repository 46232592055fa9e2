"""Errors that are meant for the person at the keyboard or before the page."""

import shlex
from pathlib import Path


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
