"""Read CelebA in its official layout, unpacked or straight from the zip, whole or in part.

What SOURCE may hold (Liu et al. 2015, https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html):

    img_align_celeba/ or img_align_celeba.zip    aligned pictures <id>.jpg: 178x218,
                                                 or the same at another scale
    list_attr_celeba.txt                         40 attributes of each id, -1 or 1
    list_eval_partition.txt                      0 train, 1 validation, 2 test
    identity_CelebA.txt                          optional: a number for each person

The Kaggle copy (pictures one folder deeper, tables as .csv with a header), the PNG copy and the
Anno/, Eval/ and Img/ folders of the official drive are read as well, and tables as spreadsheets and
scripts write them (data/tables.py). Landmarks and boxes are not needed.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from data.attributes import ATTRIBUTES
from data.errors import DataError, quoted
from data.picture_files import IMAGES, PAGE, PictureFolder, Pictures, PictureZip, is_picture
from data.prepared import columns_of
from data.schema import CELEBA
from data.source import PARTITION_OF, Source
from data.tables import Table, read_table

ATTRIBUTE_LIST, PARTITION_LIST = "list_attr_celeba", "list_eval_partition"
IDENTITY_LIST = "identity_CelebA"
FOLDERS = ("", "Anno", "Eval", "Img")
SUFFIXES = (".txt", ".csv", ".tsv")
# How people write that an attribute is there, that it is not, and either in one way alone.
PRESENT = {"1", "1.0", "+1", "true", "yes", "1,0"}
ABSENT = {"-1", "-1.0", "false", "no", "-1,0"}
NOUGHT = {"0", "0.0", "0,0"}  # absent, in a table without -1
Value = TypeVar("Value")


class Celeba(Source):
    """What of CelebA is at hand."""


def read_celeba(source: str | Path, partition_file: str | Path | None = None) -> Celeba:
    """Find and read the tables, and list the pictures. No picture is decoded.

    source: folder in one of the layouts above.
    partition_file: another file of the format of list_eval_partition, absolute or relative to
        `source` or to the working directory.

    Raises DataError when a file is missing or not as the format says, and when no listed picture
    is there.
    """
    root = Path(source)
    if not root.is_dir():
        raise DataError(
            f"a folder that holds CelebA at {root}",
            "a file" if root.exists() else "no such folder",
            "give the folder with img_align_celeba.zip, or: python -m data download",
        )
    _check_any(root)
    attribute_path = _find_table(root, ATTRIBUTE_LIST)
    partition_path = (
        _find_given(root, Path(partition_file))
        if partition_file
        else _find_table(root, PARTITION_LIST)
    )
    attributes = read_attributes(attribute_path)
    partitions = read_partitions(partition_path)
    pictures, notes = _find_pictures(root, partitions)
    identity_path = _find_optional(root, IDENTITY_LIST)
    identities = read_identities(identity_path) if identity_path else {}
    files = pictures.files

    here = [key for key in attributes.ids if key in files and key in partitions]
    if not here:
        raise DataError(
            f"pictures of the {len(partitions):,} ids listed in {partition_path}",
            f"none of them among the {len(files):,} pictures in {pictures.path}",
            f"download img_align_celeba.zip (aligned pictures, not 'in the wild'): {PAGE}",
        )
    ids = attributes.ids
    here.sort(key=ids.__getitem__)
    table = pd.DataFrame(attributes.flags[[attributes.row_of[key] for key in here]])
    table.columns = pd.Index(ATTRIBUTES)
    table.insert(0, "id", [ids[key] for key in here])
    table.insert(1, "partition", [partitions[key] for key in here])
    table.insert(2, "identity", np.array([identities.get(key, -1) for key in here], np.int32))
    used = {*here}
    return Celeba(
        root=root,
        pictures=pictures,
        stamps=[files[key].stamp for key in here],
        table=table[columns_of(CELEBA)],
        partition_file=partition_path.name,
        listed=len(partitions),
        unlabelled=len(files) - len(here),
        missing=tuple(ids.get(key, key) for key in partitions if key not in used),
        otherwise=tuple(files[key].name for key in here if not files[key].name.endswith(ids[key])),
        notes=(*notes, *attributes.notes),
    )


@dataclass(frozen=True, eq=False)
class Attributes:
    """A table of attributes. ids: key of a picture -> its id. row_of: key -> its row of flags.

    flags: (M, 40) bool in the order of ATTRIBUTES. notes: what people should know of it.
    """

    ids: dict[str, str]
    row_of: dict[str, int]
    flags: np.ndarray
    notes: tuple[str, ...]


def read_attributes(path: Path) -> Attributes:
    """Read list_attr_celeba.txt or .csv, or a table that says the same in another way.

    Raises DataError with the line number for a wrong width or a value that is neither, and for
    attribute names that are not the 40 official ones.
    """
    table = read_table(
        path, lambda cell: _sign(cell) is not None, f"download the file again: {PAGE}"
    )
    order = _attribute_order(path, list(table.columns))
    flags, noughts, minus = bytearray(), 0, 0
    for line, values in table.rows.values():
        if len(values) != 40:
            raise DataError(
                f"an id and 40 values in line {line} of {path}",
                f"{len(values)} values",
                "download the file again, it may be cut short or edited.",
            )
        signs = [_SIGNS.get(value) for value in values]
        if None in signs:
            signs = [_sign(value) for value in values]
        if None in signs:
            raise _wrong_value(path, line, values[signs.index(None)])
        noughts, minus = noughts or (0 in signs and line), minus or (-1 in signs and line)
        flags.extend([sign == 1 for sign in signs])
    if noughts and minus:
        raise _wrong_value(path, noughts, "0")
    found = len(table.rows) + table.doubled
    if table.announced not in (None, found):
        raise DataError(
            f"{table.announced:,} rows in {path}, as its first line says",
            f"{found:,}",
            "download the file again, or correct the number if rows were left out on purpose.",
        )
    notes = (f"{table.doubled:,} rows of {path.name} are there twice",) if table.doubled else ()
    row_of = {key: row for row, key in enumerate(table.rows)}
    return Attributes(
        table.ids, row_of, np.frombuffer(flags, bool).reshape(-1, 40)[:, order], notes
    )


# The spellings that nearly every table has, for speed; `_sign` knows the others.
_SIGNS: dict[str, int | None] = {"-1": -1, "1": 1, "0": 0}


def _sign(value: str) -> int | None:
    """1 with the attribute; -1, or 0 in a table that counts so, without; None for neither."""
    word = value.strip().lower()
    return 1 if word in PRESENT else -1 if word in ABSENT else 0 if word in NOUGHT else None


def _wrong_value(path: Path, line: int, value: str) -> DataError:
    return DataError(
        f"values -1 and 1 in line {line} of {path}",
        repr(value),
        "download the file again, or write -1 for absent and 1 for present.",
    )


def read_partitions(path: Path) -> dict[str, str]:
    """Read list_eval_partition.txt or .csv, or another of that format: key -> partition name.

    Raises DataError with the line number when a code is missing or is none of PARTITION_OF.
    """

    def name(line: int, picture: str, values: list[str]) -> str:
        if len(values) != 1 or values[0].lower() not in PARTITION_OF:
            raise DataError(
                f"an id and 0 (train), 1 (validation) or 2 (test) in line {line} of {path}",
                " ".join([picture, *values]),
                "correct the line, or name another file with --partition-file.",
            )
        return PARTITION_OF[values[0].lower()]

    return _column(path, name, lambda cell: cell.lower() in PARTITION_OF)


def read_identities(path: Path) -> dict[str, int]:
    """Read identity_CelebA.txt: key -> number of the person.

    Raises DataError with the line number when that is not a whole number from 0 up.
    """

    def number(line: int, picture: str, values: list[str]) -> int:
        if len(values) != 1 or not values[0].isdecimal():
            raise DataError(
                f"an id and the number of a person in line {line} of {path}",
                " ".join([picture, *values]),
                "correct the line, or take the file away: it is optional.",
            )
        return int(values[0])

    return _column(path, number, str.isdecimal)


def _column(
    path: Path, read: Callable[[int, str, list[str]], Value], is_value: Callable[[str], bool]
) -> dict[str, Value]:
    """Key of a picture -> what `read` makes of its line's number, id and values."""
    table: Table = read_table(path, is_value, f"download the file again: {PAGE}")
    return {key: read(line, table.ids[key], values) for key, (line, values) in table.rows.items()}


def _attribute_order(path: Path, names: list[str]) -> list[int]:
    """Where in the file each official attribute is."""
    written = {attribute.lower(): attribute for attribute in ATTRIBUTES}
    names = [written.get(name.lower().replace(" ", "_"), name) for name in names]
    unknown = [n for n in names if n not in ATTRIBUTES]
    missing = [a for a in ATTRIBUTES if a not in names]
    if unknown or missing or len(names) != 40:
        found = [f"{len(names)} names"]
        found += [f"unknown: {', '.join(unknown[:3])}"] * bool(unknown)
        found += [f"missing: {', '.join(missing[:3])}"] * bool(missing)
        raise DataError(
            f"the 40 official attribute names in the header of {path}",
            "; ".join(found),
            f"download the file again: {PAGE}",
        )
    return [names.index(a) for a in ATTRIBUTES]


def _check_any(root: Path) -> None:
    """Tell a folder that has nothing to do with CelebA from one that lacks a part."""
    known = (IMAGES, ATTRIBUTE_LIST, PARTITION_LIST, IDENTITY_LIST)
    if not any(list((root / f).glob(f"{name}*")) for f in FOLDERS for name in known):
        raise DataError(
            f"CelebA in {root}: {IMAGES}.zip, {ATTRIBUTE_LIST}.txt and {PARTITION_LIST}.txt",
            f"none of them, but {_content(root)}",
            f"give the folder that holds them, or: python -m data download {quoted(root)}",
        )


def _find_optional(root: Path, name: str) -> Path | None:
    for folder in FOLDERS:
        for path in _entries(root / folder):
            if path.stem.lower() == name.lower() and path.suffix.lower() in SUFFIXES:
                return path
    return None


def _entries(folder: Path) -> list[Path]:
    """What is in a folder that may not be there, sorted; .txt before .csv."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(found, key=lambda path: (path.suffix.lower() != ".txt", path.name))


def _find_table(root: Path, name: str) -> Path:
    if path := _find_optional(root, name):
        return path
    raise DataError(
        f"{name}.txt or {name}.csv in {root}",
        _content(root),
        f"put the file there, from the official page {PAGE} or: "
        f"python -m data download {quoted(root)}",
    )


def _find_given(root: Path, path: Path) -> Path:
    for candidate in (root / path, path):
        if candidate.is_file():
            return candidate
    raise DataError(
        f"the partition file {path}, in {root} or in the working directory",
        f"no such file; {root} holds {_content(root)}",
        "correct --partition-file, or leave it out to use the official partition.",
    )


def _find_pictures(root: Path, listed: Container[str]) -> tuple[Pictures, tuple[str, ...]]:
    """Where most of the listed pictures are, and what people should know of the other places."""
    places: list[Pictures] = []
    for folder in FOLDERS:
        named = [p for p in _entries(root / folder) if p.name.lower().startswith(IMAGES)]
        for path in named:
            if path.is_dir():
                inner = [p for p in _entries(path) if p.is_dir() and p.name.startswith(IMAGES)]
                places += [PictureFolder(p) for p in (path, *inner) if _has_pictures(p)]
        places += [PictureZip(p) for p in named if p.suffix.lower() == ".zip" and p.is_file()]
    if not places and _has_pictures(root):
        places = [PictureFolder(root)]  # unpacked among the tables
    if not places:
        raise DataError(
            f"{IMAGES}.zip or a folder {IMAGES}/ with pictures in {root}",
            _content(root),
            f"put the pictures there, from the official page {PAGE} or: "
            f"python -m data download {quoted(root)}",
        )
    if len(places) == 1:
        return places[0], ()
    counts = [sum(key in listed for key in place.files) for place in places]
    best = counts.index(max(counts))
    others = [f"{place.path} has {count:,}" for place, count in zip(places, counts, strict=True)]
    del others[best]
    return places[best], (
        f"of {len(places)} places with pictures the one with most of the listed ones is used, "
        f"{counts[best]:,}; {'; '.join(others)}",
    )


def _has_pictures(folder: Path) -> bool:
    return any(is_picture(path.name) and path.is_file() for path in folder.iterdir())


def _content(root: Path) -> str:
    names = sorted(p.name for p in root.iterdir())
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "an empty folder") + more
