"""One writer at a time for a folder or a file: the second one is told who the first is.

The lock is the operating system's (flock, through filelock): it ends with its process, however that
ends, so no lock can be stale, even where a killed process left its file. That tells the writer's
number.
"""

import contextlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from data.errors import ErrorForPeople
from data.files import LEAST_ROOM, LOCK, check_room, recover


class BusyError(ErrorForPeople):
    """Another process is writing there."""


@contextlib.contextmanager
def one_writer(path: Path, is_folder: bool = True, needed: int = LEAST_ROOM) -> Iterator[None]:
    """Hold the lock of `path` for as long as the block lasts.

    A folder that is not there is made, and goes again where nothing was put into it; in one that
    is there, what a killed writer left is put right (`data.files.recover`). Every command that
    writes begins here, so here it is told before the work what would end it after: raises
    BusyError, OSError where nothing may be written, and RoomError where less than `needed` bytes
    are free; commands that write more than LEAST_ROOM check for that themselves.
    """
    folder = path if is_folder else path.parent
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    name = folder / (LOCK if is_folder else f".{path.name}.lock")
    lock = FileLock(name)
    try:
        lock.acquire(timeout=0)
        while not name.exists():  # the one before has just removed it: this is the lock of nothing
            lock.release()
            lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            f"no other process that writes into {path}",
            f"{_writer(name)} does",
            "wait until it is done, or stop it, then run the same command again.",
        ) from error
    try:
        name.write_text(f"{os.getpid()} {platform.node()}\n", encoding="utf-8")
        if is_folder:
            recover(folder)
        check_room(folder, needed)
        yield
    finally:
        name.unlink(missing_ok=True)
        lock.release()
        if made and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def writer_in(folder: Path) -> contextlib.AbstractContextManager[None]:
    """The lock of a folder that has to be there; nothing where it is not, which is told later."""
    return one_writer(folder) if folder.is_dir() else contextlib.nullcontext()


def _writer(lock: Path) -> str:
    """ "process 123", "process 123 on another machine": what the lock file says."""
    words = lock.read_text(encoding="utf-8", errors="replace").split()
    if not words or not words[0].isdecimal():
        return "a process that has just begun"
    elsewhere = words[1:] and words[1] != platform.node()
    return f"process {words[0]}{f' on {words[1]}' if elsewhere else ''}"
