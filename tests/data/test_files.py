"""Several files change together or not at all, whatever happens to who writes them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.files import (
    COMMITTED,
    LOCK,
    STAGED,
    RoomError,
    check_room,
    is_own_leftover,
    recover,
    write_atomically,
    write_together,
)

OLD = {"a": "old a", "b": "old b", "last": "old last", "only of the old": "x"}
NEW = {"a": "new a", "c": "new c", "last": "new last"}

# Writes NEW into a folder, and kills itself at a system call: the one of that number among those
# that change what is on the disk.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from data.files import write_together

folder, calls = sys.argv[1], int(sys.argv[2])
changes = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}

def watch(event, arguments):
    global calls
    if event in changes or event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        calls -= 1
        if not calls:
            os.kill(os.getpid(), signal.SIGKILL)

def write(staged):
    for name in ("a", "c", "last"):
        (staged / name).write_text(f"new {name}")

sys.addaudithook(watch)
write_together(Path(folder), write, without=["only of the old"], last="last")
"""


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def old(folder: Path) -> Path:
    folder.mkdir()
    for name, text in OLD.items():
        (folder / name).write_text(text)
    return folder


def write_new(staged: Path) -> None:
    for name, text in NEW.items():
        (staged / name).write_text(text)


def test_all_files_take_their_places(tmp_path: Path):
    folder = old(tmp_path / "folder")
    write_together(folder, write_new, without=["only of the old", "never there"], last="last")
    assert content(folder) == {"a": "new a", "b": "old b", "c": "new c", "last": "new last"}
    assert not any(path.is_dir() for path in folder.iterdir())


def test_a_folder_takes_the_place_of_the_one_before(tmp_path: Path):
    def write(*names: str):
        def fill(staged: Path) -> None:
            (staged / "within").mkdir()
            for name in names:
                (staged / "within" / name).write_text(name)

        return fill

    write_together(tmp_path, write("a", "b"))
    write_together(tmp_path, write("b", "c"))
    assert sorted(path.name for path in (tmp_path / "within").iterdir()) == ["b", "c"]


@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
def test_an_error_while_writing_leaves_all_as_it_was(tmp_path: Path, error: BaseException):
    folder = old(tmp_path / "folder")

    def write(staged: Path) -> None:
        write_new(staged)
        raise error

    with pytest.raises(type(error)):
        write_together(folder, write)
    assert content(folder) == OLD
    assert not any(path.is_dir() for path in folder.iterdir())


def test_killed_anywhere_it_is_the_old_or_becomes_the_new(tmp_path: Path):
    """At every call that changes the disk; `recover` is what the next writer begins with."""
    before = after = 0
    for call in range(1, 99):
        folder = old(tmp_path / str(call))
        command = [sys.executable, "-c", PROGRAM, str(folder), str(call)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        halfway = content(folder)
        whole_old = halfway.items() >= OLD.items() and halfway.keys() == OLD.keys()
        # A reader who believes the last file never meets old ones beside a new one.
        assert whole_old or "last" not in halfway or halfway.items() >= NEW.items()
        recover(folder)
        recovered = content(folder)
        assert recovered in (OLD, {"a": "new a", "b": "old b", "c": "new c", "last": "new last"})
        assert not (folder / STAGED).exists()
        assert not (folder / COMMITTED).exists()
        before, after = before + (recovered == OLD), after + (recovered != OLD)
    assert done.returncode == 0
    assert before >= 4
    assert after >= 4


def test_leftovers_are_told_from_the_files_of_people(tmp_path: Path):
    leftovers = (STAGED, COMMITTED, LOCK, ".weights.12.tmp")
    assert all(map(is_own_leftover, leftovers))
    assert not any(map(is_own_leftover, ("weights", ".env", "notes.tmp")))
    for name in (".weights.12.tmp", "notes.tmp"):
        (tmp_path / name).touch()
    recover(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.tmp"]


def test_bytes_are_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch):
    """The order of calls of the system; without the first, a power cut leaves an empty file."""
    order = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (order.append("sync"), sync(file)))
    monkeypatch.setattr(os, "replace", lambda *names: (order.append("rename"), replace(*names)))
    write_atomically(tmp_path / "file", lambda temporary: temporary.write_text("text"))
    assert order == ["sync", "rename", "sync"]


def test_room_is_told_before_the_work(tmp_path: Path):
    check_room(tmp_path / "not" / "there" / "yet", 1)
    with pytest.raises(RoomError, match=r"expected: 10,?000,?000.0 GB of free disk|1e|GB of free"):
        check_room(tmp_path / "not" / "there" / "yet", 10**16)
