"""One writer: the second is told who the first is, and a killed one leaves no lock."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from data.files import LEAST_ROOM, LOCK, STAGED, RoomError
from data.lock import BusyError, one_writer, writer_in

HOLDER = """
import sys
from pathlib import Path
from data.lock import one_writer
with one_writer(Path(sys.argv[1]), is_folder=sys.argv[2] == "folder"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path, kind: str = "folder") -> subprocess.Popen:
    """Another process that holds the lock until it is killed."""
    command = [sys.executable, "-c", HOLDER, str(path), kind]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_second_writer_is_told_the_first_ones_number(tmp_path: Path, kind: str):
    path = tmp_path / "run"
    with holder(path, kind) as other:
        with pytest.raises(BusyError) as caught, one_writer(path, is_folder=kind == "folder"):
            pass
        assert str(caught.value) == (
            f"expected: no other process that writes into {path}\n"
            f"found: process {other.pid} does\n"
            "next: wait until it is done, or stop it, then run the same command again."
        )
        other.kill()
    with one_writer(path, is_folder=kind == "folder"):  # a killed one's lock is none
        pass


def test_whoever_takes_the_lock_finds_what_a_killed_writer_left_put_right(tmp_path: Path):
    (tmp_path / STAGED).mkdir()
    (tmp_path / ".weights.1.tmp").touch()
    (tmp_path / "weights").touch()
    with one_writer(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {"weights", LOCK}
        assert (tmp_path / LOCK).read_text().startswith(f"{os.getpid()} ")
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_a_folder_that_nothing_was_put_into_goes_again(tmp_path: Path):
    new = tmp_path / "new"
    with pytest.raises(ValueError, match="a wrong option"), one_writer(new):
        raise ValueError("a wrong option")
    assert not new.exists()
    with one_writer(new):
        (new / "config.json").touch()
    assert (new / "config.json").exists()


def test_a_folder_that_has_to_be_there_is_not_made(tmp_path: Path):
    with writer_in(tmp_path / "none"):
        pass
    assert not (tmp_path / "none").exists()


def test_a_folder_without_the_right_to_write_is_told_before_the_work(tmp_path: Path):
    """In a process of its own, without the rights of the superuser that tests may run with."""
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o555)
    for place in (tmp_path, *list(tmp_path.parents)[:3]):
        place.chmod(place.stat().st_mode | 0o055)
    program = (
        "import os, sys; from pathlib import Path; from data.boundary import tell\n"
        "from data.lock import one_writer\n"
        "if not os.getuid(): os.setgid(65534), os.setuid(65534)\n"
        "try:\n"
        "    with one_writer(Path(sys.argv[1])): print('began')\n"
        "except Exception as error: tell(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True
    )
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"expected: the right to write {folder}")
    assert lines[1:] == ["found: Permission denied", f"next: see whose it is: ls -ld {folder}"]


def test_a_full_disk_is_told_before_the_work_and_leaves_no_folder(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=LEAST_ROOM - 1))
    with pytest.raises(RoomError) as caught, one_writer(tmp_path / "run"):
        pass
    assert str(caught.value).startswith("expected: 64.0 MB of free disk for ")
    assert "found: 64.0 MB free" in str(caught.value)
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=LEAST_ROOM))
    with one_writer(tmp_path / "run"):
        pass


def test_the_lock_of_one_that_was_killed_is_free(tmp_path: Path):
    with holder(tmp_path) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with one_writer(tmp_path):
            pass
