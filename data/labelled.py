"""Any pictures with labels: a folder or zip of picture files, and a table with a row for each.

    python -m data prepare PICTURES --table labels.csv

The table has a header; a column called image, file, id or the like (else the first one) names the
picture, with or without folder and ending. A column `partition` or `split` tells train, validation
and test; without one a tenth each is held out, always the same pictures. All other columns become
labels (data/columns.py). Without a table the pictures have no labels.

A folder may say all that itself: dataset.json in it holds the options, by their names.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.columns import KINDS, Labels, labels_of
from data.errors import DataError, quoted
from data.json_text import read_json
from data.picture_files import IMAGES, PictureFolder, Pictures, PictureZip, is_picture
from data.source import CENTRE, PARTITION_OF, PARTITIONS, WHOLE, Cut, Source, some
from data.tables import Table, picture_id, read_table

DATASET = "dataset.json"
PARTITION_COLUMNS = ("partition", "split")
HELD_OUT = 0.1  # of the pictures, for validation and for test each
ENDS = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Options:
    """What of pictures and table is taken, and how. Raises ValueError for what cannot be.

    table: within the folder, or elsewhere; no labels where None. columns: those of the table that
    become labels, all where none are named. categories, numbers: columns that are so, whatever they
    look like. factors: columns that are true causes of the picture. cut: see data/source.py.
    grey: one channel. mirror: whether a mirrored picture is as good. name: of the set. one, many:
    what a picture shows.
    """

    table: str | None = None
    columns: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    cut: Cut = CENTRE
    grey: bool = False
    mirror: bool = False
    name: str = ""
    one: str = "picture"
    many: str = "pictures"
    size: int = 64

    def __post_init__(self) -> None:
        for name in ("columns", "categories", "numbers", "factors"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(v, str) for v in value):
                raise ValueError(f"expected names for {name}; found {value!r}")
            object.__setattr__(self, name, tuple(value))
        if not isinstance(self.cut, str):
            box = tuple(self.cut)
            numbers = len(box) == 4 and all(isinstance(v, int) for v in box)
            if not numbers or box[2] - box[0] != box[3] - box[1] or box[2] <= box[0]:
                raise ValueError(f"expected a square box LEFT TOP RIGHT BOTTOM; found {list(box)}")
            object.__setattr__(self, "cut", box)
        elif self.cut not in (CENTRE, WHOLE):
            raise ValueError(f"expected {CENTRE}, {WHOLE} or a box; found {self.cut!r}")
        if not isinstance(self.size, int) or self.size < 1:
            raise ValueError(f"expected a size in pixels; found {self.size!r}")


def told_by(folder: Path) -> Options | None:
    """The options in the dataset.json of a folder; None without one. Raises DataError."""
    path = folder / DATASET
    if not path.is_file():
        return None
    known = [f.name for f in fields(Options)]
    try:
        values: dict[str, Any] = read_json(path)
        if unknown := sorted({*values} - {*known}):
            raise ValueError(f"unknown {', '.join(unknown)}")
        return Options(**values)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"options {', '.join(known)} in {path}", str(error), "correct it, or take it away."
        ) from error


def read_labelled(folder: Path, options: Options) -> Source:
    """The pictures of a folder or zip with their labels. No picture is decoded.

    Raises DataError where there are no pictures, a row of the table has none, or a column is not
    what it was said to be, see `labels_of`.
    """
    pictures = _pictures(folder)
    files = pictures.files
    partitions: dict[str, str] = {}
    if options.table is None:
        ids = {key: picture_id(file.name) for key, file in files.items()}
        keys, labels, listed_in = sorted(ids, key=ids.__getitem__), Labels(), folder.name
    else:
        path = _table_path(folder, options.table)
        table = read_table(path, lambda cell: False, "save it as a table with a header.")
        _refuse_missing(table, files, pictures.path)
        ids, listed_in = table.ids, path.name
        keys = sorted(table.rows, key=ids.__getitem__)
        columns, partitions = _columns(table, keys, options)
        kinds = {name: kind for kind in KINDS for name in getattr(options, kind)}
        labels = labels_of(columns, kinds, options.factors, str(path))
    names = [ids[key] for key in keys]
    told = [partitions[key] for key in keys] if partitions else held_out(names)
    frame = pd.DataFrame({"id": names, "partition": told})
    frame["identity"] = np.full(len(names), -1, np.int32)
    schema = labels.schema(
        options.name or folder.resolve().stem, options.one, options.many, options.mirror
    )
    factors = {schema.factor_columns[name]: of for name, of in labels.factors.items()}
    values = pd.DataFrame(labels.values | factors, index=frame.index)
    return Source(
        root=folder,
        pictures=pictures,
        stamps=[files[key].stamp for key in keys],
        table=pd.concat([frame, values], axis=1),
        partition_file=listed_in,
        listed=len(keys),
        unlabelled=len(files) - len(keys),
        notes=tuple(_told(labels)),
        schema=schema,
        cut=options.cut,
        grey=options.grey,
    )


def held_out(names: Sequence[str]) -> list[str]:
    """The partition of each picture: HELD_OUT of them for validation, as many for test.

    Which ones is decided by a digest of their names, so that it does not depend on the machine.
    """
    count = max(1, round(HELD_OUT * len(names)))
    by_digest = sorted(
        range(len(names)), key=lambda k: hashlib.blake2b(names[k].encode(), digest_size=8).digest()
    )
    found = [PARTITIONS[0]] * len(names)
    for place, k in enumerate(by_digest[: 2 * count]):
        found[k] = PARTITIONS[1 + place // count]
    return found


def _pictures(folder: Path) -> Pictures:
    """The files of a folder, of `pictures` in it, or of a zip."""
    found: Pictures
    if folder.is_file():
        found = PictureZip(folder)
    else:
        inside = next((p for p in (folder / "pictures", folder / IMAGES) if p.is_dir()), folder)
        if not inside.is_dir():
            raise DataError(
                f"a folder or zip with pictures at {folder}",
                "no such folder",
                "check its name; picture files lie in it, or in a folder `pictures` in it.",
            )
        found = PictureFolder(inside)
    if not found.files:
        deeper = folder.is_dir() and any(is_picture(p.name) for p in folder.glob("*/*"))
        raise DataError(
            f"picture files in {folder}",
            "none, but in folders within it" if deeper else "none",
            "put them all into one folder, and what the folders said into a table (--table).",
        )
    return found


def _table_path(folder: Path, name: str) -> Path:
    places = [folder / name, Path(name)] if folder.is_dir() else [Path(name)]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        tables = sorted(p.name for p in folder.glob("*") if p.suffix in ENDS)
        raise DataError(
            f"a table at {name}, or of that name in {folder}",
            f"no such file; {some(tables)} in {folder}" if tables else "no such file",
            "name it with --table, or leave that out for pictures without labels.",
        )
    return path


def _refuse_missing(table: Table, files: dict, where: Path) -> None:
    """Raises DataError for rows without a picture, for no rows and for no header."""
    missing = [table.ids[key] for key in table.rows if key not in files]
    if not table.rows or not (table.columns or len(missing) < len(table.rows)):
        raise DataError(
            f"a header and a row for each picture in {table.path}",
            f"{len(table.rows):,} rows, columns {', '.join(table.columns) or 'without names'}",
            "write a first line such as: file,smiling,colour",
        )
    if missing:
        here = some(sorted(file.name for file in files.values()))
        raise DataError(
            f"a picture in {where} for each of the {len(table.rows):,} rows of {table.path}",
            f"none for {len(missing):,} of them: {some(missing)}; there are {here}",
            f"add the pictures, or take these rows out of {quoted(table.path)}.",
        )


def _columns(
    table: Table, keys: Sequence[str], options: Options
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The columns that become labels, by name; and the partition of each key, if told."""
    known = list(table.columns)
    for key in keys:
        line, cells = table.rows[key]
        if len(cells) != len(known):
            raise DataError(
                f"{len(known)} values beside the picture's name in line {line} of {table.path}",
                f"{len(cells)}",
                "correct the line; a header names every column.",
            )
    of_partition = next((c for c in known if c.lower() in PARTITION_COLUMNS), None)
    others = [name for name in known if name != of_partition]
    for option in ("columns", *KINDS, "factors"):
        if unknown := [name for name in getattr(options, option) if name not in others]:
            raise DataError(
                f"--{option} of the columns {', '.join(others) or 'there are'} in {table.path}",
                f"unknown {', '.join(unknown)}",
                "write them as the header of the table does.",
            )
    wanted = options.columns or tuple(others)
    columns = {name: [table.rows[key][1][known.index(name)] for key in keys] for name in wanted}
    partitions = {}
    if of_partition is not None:
        at = known.index(of_partition)
        for key in keys:
            line, cells = table.rows[key]
            if cells[at].lower() not in PARTITION_OF:
                raise DataError(
                    f"train, validation or test as {of_partition} in line {line} of {table.path}",
                    repr(cells[at]),
                    "correct the line, or give the column another name.",
                )
            partitions[key] = PARTITION_OF[cells[at].lower()]
    return columns, partitions


def _told(labels: Labels) -> list[str]:
    """What the columns became, as lines."""
    if not labels.values:
        return ["no labels: the map and the sliders of components and dimensions need none"]
    lines = [f"{len(labels.values)} labels: {some(list(labels.values), 6)}"]
    cuts = [f"{k}: {note}" for k, note in labels.notes.items() if k.endswith("_high")]
    return lines + cuts


def with_given(options: Options, given: dict[str, Any]) -> Options:
    """Options with those that the command line gave. Raises DataError for one that cannot be."""
    try:
        return replace(options, **given)
    except ValueError as error:
        expected, _, found = str(error).partition("; found ")
        raise DataError(
            expected.removeprefix("expected "), found, "see: python -m data prepare --help"
        ) from error
