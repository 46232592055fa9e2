"""Where errors of commands become words for people: expected, found, next; no traceback.

The three command lines end here, and so does the page when a run cannot be opened. What nobody
could have foreseen stays a traceback: it is a fault of the code.
"""

import errno
import shlex
import sys
from pathlib import Path
from typing import TextIO

from data.errors import ErrorForPeople

OURS = ("data", "training", "explorer", "benchmarks")  # a fault of the code, where missing
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class Explained(ErrorForPeople):
    """What an error of the system or a library means for the person who met it."""


def explained(error: BaseException) -> BaseException | None:
    """The error as one that is meant for people; None for a fault of the code.

    A RuntimeError is explained by its cause: where a library wrapped an error of the system.
    """
    text = str(error)
    if isinstance(error, ErrorForPeople):
        return error
    if isinstance(error, ValueError | RuntimeError) and text.startswith("expected"):
        return error  # of an option, in one line
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return Explained(
            "memory enough for this",
            text.splitlines()[0] if text else "too little of it",
            "end other programs, or take less at once: a smaller --batch, fewer --workers.",
        )
    if isinstance(error, ModuleNotFoundError) and error.name not in OURS:
        return missing_package(error.name or "that the message names")
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, ValueError):
        kind = type(error).__name__
        return Explained(
            "files and options as they are described",
            f"{kind}: {' '.join(text.split())[:200]}",
            "look at what the message names; if it should be right, report it.",
        )
    if isinstance(error, RuntimeError):
        cause = error.__cause__ or error.__context__
        return explained(cause) if cause is not None else None
    return None


def missing_package(name: str) -> Explained:
    """What the light install comes without."""
    return Explained(
        f"the package {name}",
        "an installation without it",
        'pip install ".[train]", or make app for all packages',
    )


def _of_the_system(error: OSError) -> Explained:
    """By its number: what was wanted of which file, what it said, what helps."""
    name = error.filename2 or error.filename
    path = None if name is None or isinstance(name, int) else Path(str(name))
    place = shlex.quote(str(path)) if path else "the files"
    found = error.strerror or str(error) or type(error).__name__
    if error.errno in FULL:
        return Explained(
            f"room on the disk for {place}",
            found,
            "free some space, then run the same command again.",
        )
    if error.errno in FORBIDDEN:
        lacking = path.parent if path and not path.exists() else path
        return Explained(
            f"the right to write {place}" if _is_write(error) else f"the right to use {place}",
            found,
            f"see whose it is: ls -ld {shlex.quote(str(lacking))}"
            if lacking
            else "name another place.",
        )
    if isinstance(error, FileNotFoundError):
        return Explained(f"a file at {place}", found, "correct the name, or make the file.")
    return Explained(f"to read and write {place}", found, "name another place, or free this one.")


def _is_write(error: OSError) -> bool:
    path = error.filename2 or error.filename
    return error.errno == errno.EROFS or not (isinstance(path, str | Path) and Path(path).exists())


def tell(error: BaseException) -> bool:
    """Print an error that is meant for people, or is explained; False for a fault of the code."""
    if (told := explained(error)) is None:
        return False
    print(told, file=sys.stderr)
    return True


def print_anything(*streams: TextIO | None) -> None:
    """Let a console that lacks a letter, such as é, show another in its place, not an error."""
    for stream in streams or (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="replace")
