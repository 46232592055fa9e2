"""Writing so that nothing is lost: a file is whole or as it was, several files change together.

What is written goes to a hidden temporary name, is brought onto the disk (fsync), and is renamed:
the rename is the commit point, as in a database. What a killed process left behind is found and
put right by `recover`, which whoever takes the folder's lock calls first.
"""

import errno
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from data.errors import ErrorForPeople

STAGED, COMMITTED = ".staged", ".committed"  # folders within the folder that they change
ORDER = ".order"  # a file in these: what is to be renamed last, and what removed
LOCK = ".lock"  # see data/lock.py
LEAST_ROOM = 64_000_000  # bytes; what a command writes besides pictures, codes and networks


class RoomError(ErrorForPeople):
    """A disk too full for what is going to be written; told before the work is done."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it onto `path`.

    The bytes are on the disk before the new name is, so that a power cut cannot leave an empty
    file under it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        _onto_disk(temporary)
        os.replace(temporary, path)
        _onto_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """The same of a text, as UTF-8 with its line ends as they are."""
    write_atomically(path, lambda temporary: temporary.write_bytes(text.encode()))


def write_together(
    folder: Path, write: Callable[[Path], object], without: Collection[str] = (), last: str = ""
) -> None:
    """Let `write` fill an empty folder, then put its files into `folder`, all of them or none.

    A folder that `write` made takes the place of the whole one of its name.
    without: names that `folder` is not to hold afterwards unless `write` made them. last: the file
    whose presence says that the others are there; it goes first and comes last. A process killed
    before the commit point leaves `folder` as it was, one killed after it leaves the rest of the
    renaming to `recover`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged, committed = folder / STAGED, folder / COMMITTED
    recover(folder)
    staged.mkdir()
    try:
        write(staged)
        made = sorted(path.name for path in staged.iterdir())
        for name in made:
            _onto_disk(staged / name)
        gone = sorted(set(without) - set(made))
        (staged / ORDER).write_text("\n".join([last, *gone]), encoding="utf-8")
        _onto_disk(staged / ORDER)
        _onto_disk(staged)
        os.rename(staged, committed)  # the commit point
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    recover(folder)


def recover(folder: Path) -> None:
    """Finish what a killed process had committed in `folder`, and remove what it had not.

    To be called by the one writer of the folder only.
    """
    committed = folder / COMMITTED
    if committed.is_dir():
        order = committed / ORDER
        if order.is_file():  # gone only when all else was done
            last, *gone = order.read_text(encoding="utf-8").split("\n")
            made = [path for path in sorted(committed.iterdir()) if path != order]
            if last and (committed / last).is_file():
                gone.insert(0, last)
            for name in gone:
                (folder / name).unlink(missing_ok=True)
            for path in sorted(made, key=lambda path: path.name == last):
                if path.is_dir():  # a rename takes the place of an empty folder only
                    shutil.rmtree(folder / path.name, ignore_errors=True)
                os.replace(path, folder / path.name)
            _onto_disk(folder)
        shutil.rmtree(committed)
    shutil.rmtree(folder / STAGED, ignore_errors=True)
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink(missing_ok=True)


def is_own_leftover(name: str) -> bool:
    """Whether a file of this name in a folder is of no interest to people: a lock, a leftover."""
    return name in (STAGED, COMMITTED, LOCK) or (name.startswith(".") and name.endswith(".tmp"))


def check_room(folder: Path, needed: int) -> None:
    """Raises RoomError unless the disk of `folder`, which need not be there, has so many bytes."""
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise RoomError(
            f"{_megabytes(needed)} of free disk for {folder}",
            f"{_megabytes(free)} free",
            "free some space, or name a folder on another disk, then run the same command again.",
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _onto_disk(path: Path) -> None:
    """Not before this returns is a file, or are a folder's names, safe from a power cut."""
    if path.is_dir() and os.name == "nt":
        return  # which keeps its names by itself
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not path.is_dir() or error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise  # some network disks cannot sync a folder
    finally:
        os.close(descriptor)
