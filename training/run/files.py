"""The kinds of files in a run folder: JSON, arrays, lines. Whole or not there, as data/files.py."""

import io
import json
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from data.files import check_room as check_room
from data.files import write_atomically as write_atomically
from data.files import write_together as write_together

LARGEST_UNPACKED = 8 * 2**30  # bytes of all arrays of a file; CelebA's codes take a quarter


def write_json(path: Path, value: Any) -> None:
    """Plain data as indented JSON; NaN and infinity are refused with ValueError."""
    text = json.dumps(value, indent=2, allow_nan=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Named arrays as a compressed .npz; object arrays (pickles) are refused with ValueError."""
    for name, array in arrays.items():
        if array.dtype == object:
            raise ValueError(f"{name}: an array of objects would be stored as a pickle")

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # an open file: np.savez would append ".npz" to a name
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_atomically(path, write)


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a .npz, read into memory, each compared with its checksum.

    Raises OSError or ValueError when the file is missing, damaged, holds a pickle, or unfolds into
    more than LARGEST_UNPACKED.
    """
    with path.open("rb") as file:
        refuse_pointer(file.read(64))
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked > LARGEST_UNPACKED:
                raise ValueError(f"arrays of {unpacked / 1e9:,.1f} GB")
            return {
                name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()
            }
    # RuntimeError: a damaged flag says encrypted; NotImplementedError, one of its kind: unknown
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, TypeError) as error:
        raise Damaged(f"a file that is cut short or damaged ({error})") from error


class Damaged(ValueError):
    """A file is cut short, or not as it was written."""


class LfsPointer(ValueError):
    """In place of a file is what git-lfs fetches it by."""


def refuse_pointer(content: bytes) -> None:
    """Raises LfsPointer for the text that a clone without git-lfs has in place of a file."""
    if content.startswith(b"version https://git-lfs"):
        raise LfsPointer("a git-lfs pointer in place of the file: it was not fetched")


def _array(content: bytes) -> np.ndarray:
    """An .npy that is in memory. Its size is compared before any is taken up for the array."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else None
    shape, _, dtype = (read or np.lib.format.read_array_header_2_0)(file)
    if dtype.hasobject:
        raise ValueError("an array of objects, a pickle, which is not opened")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise Damaged(f"an array said to be {shape} of {dtype}, cut short or too long")
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def forget_lines_after(path: Path, step: int) -> None:
    """Cut what was logged after the checkpoint of `step`: it is logged once more on resuming.

    path: lines of JSON with a "step" each; nothing happens where there is no such file.
    """
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]  # the last may be cut short
    kept = "".join(line for line in whole if json.loads(line)["step"] <= step)
    write_atomically(path, lambda temporary: temporary.write_text(kept, encoding="utf-8"))
