"""Errors of the system and of libraries become expected, found and next; faults of code do not."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.boundary import explained
from data.errors import DataError, quoted


def of_the_system(number: int, path: Path | None = None) -> OSError:
    return OSError(number, os.strerror(number), *([str(path)] if path else []))


@pytest.mark.parametrize(
    ("error", "expected", "found", "next"),
    [
        (
            of_the_system(errno.ENOSPC, Path("/a b/c")),
            "room on the disk for '/a b/c'",
            "No",
            "free",
        ),
        (of_the_system(errno.EDQUOT), "room on the disk for the files", "quota", "free some space"),
        (of_the_system(errno.EROFS, Path("/no/c")), "right to write /no/c", "Read-only", "ls -ld"),
        (
            of_the_system(errno.EACCES, Path("/no/c")),
            "right to write /no/c",
            "denied",
            "ls -ld /no",
        ),
        (of_the_system(errno.EACCES, Path("/")), "the right to use /", "denied", "ls -ld /"),
        (of_the_system(errno.ENOENT, Path("/no")), "a file at /no", "No such file", "correct the"),
        (of_the_system(errno.EIO, Path("/no")), "to read and write /no", "Input/output", "another"),
        (MemoryError(), "memory enough", "too little", "--workers"),
        (RuntimeError("CUDA out of memory. Tried"), "memory enough", "CUDA out", "--batch"),
        (ValueError("could not broadcast"), "files and options", "ValueError: could not", "report"),
        (
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
            "files",
            "UnicodeDecodeError",
            "report",
        ),
    ],
)
def test_what_it_means_is_said(error: BaseException, expected: str, found: str, next: str):
    told = explained(error)
    assert expected in told.expected
    assert found in told.found
    assert next in told.next


def test_errors_for_people_stay_as_they_are():
    for error in (DataError("a", "b", "c"), ValueError("expected --batch of at most 7; found 8")):
        assert explained(error) is error


def test_a_runtime_error_is_told_by_its_cause():
    error = RuntimeError("basic_ios::clear")
    error.__cause__ = of_the_system(errno.ENOSPC, Path("/disk"))
    assert "room on the disk for /disk" in explained(error).expected


@pytest.mark.parametrize("fault", [RuntimeError("shape mismatch"), KeyError("x"), TypeError("y")])
def test_a_fault_of_the_code_stays_a_traceback(fault: BaseException):
    assert explained(fault) is None


def test_a_console_without_a_letter_shows_another():
    program = (
        "from data.boundary import print_anything, tell; print_anything(); print('Fréchet β')\n"
        "tell(ValueError('expected é'))"
    )
    for encoding in ("ascii", "cp437", "latin-1"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONIOENCODING": f"{encoding}:strict"},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(b"Fr")
        assert done.stderr.startswith(b"expected ")


def test_an_older_python_is_told_in_one_line():
    for room in ("data", "training.__main__", "explorer.__main__"):
        program = f"import sys; sys.version_info = (3, 9, 1, 'final', 0)\nimport {room}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.startswith("expected Python 3.11 or newer; found ")
        assert done.stderr.count("\n") == 1


def test_a_path_is_quoted_as_a_shell_takes_it():
    assert quoted(Path("/my runs/it's")) == "'/my runs/it'\"'\"'s'"
    assert quoted(Path("runs/mine")) == "runs/mine"
