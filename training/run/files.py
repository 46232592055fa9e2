"""Writing files so that a reader never meets half of one: a temporary name, then a rename."""

import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it onto `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


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
    """All arrays of a .npz, read into memory.

    Raises OSError or ValueError when the file is missing, damaged or holds a pickle.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    # RuntimeError: a damaged flag says encrypted or unknown; TypeError: a single array, no zip
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, TypeError) as error:
        raise ValueError(str(error)) from error


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
