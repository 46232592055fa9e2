"""A prepared set of pictures on disk: one array of small pictures and one table of labels.

    faces = load_prepared("data/prepared/celeba64")
    faces.pictures[faces.rows("train")[:64]]     # (64, 64, 64, 3) uint8 RGB, 0..255
    faces.table["Eyeglasses"]                    # (N,) bool

The folder is written by `python -m data prepare` (see data/prepare.py) and holds

    pictures.npy     (N, size, size, 3) uint8, RGB; (N, size, size, 1) of grey ones
    table.csv        N rows: id, partition, identity, then the labels as 0/1, then the factors
    schema.json      what the labels are (data/schema.py); not for CelebA
    prepared.json    how they were made; written last, so its presence means "complete"

Needs numpy and pandas only.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import DataError, quoted
from data.json_text import read_json
from data.schema import CELEBA, SCHEMA, Schema, read_schema
from data.source import PARTITIONS as PARTITIONS

PREPARATION = ("format", "size", "frame", "crop", "filter")  # what of prepared.json made them so
FORMAT = 1  # raised when an older reader could misread the folder
FIRST_COLUMNS = ("id", "partition", "identity")

PICTURES, TABLE, ABOUT = "pictures.npy", "table.csv", "prepared.json"
JOURNAL = "journal.jsonl"  # there while a preparation is unfinished
PARTIAL = "pictures.partial.npy"  # likewise


@dataclass(frozen=True, eq=False)
class Prepared:
    """A loaded prepared folder of N pictures.

    root: the folder.
    pictures: (N, size, size, C) uint8 in 0..255, memory-mapped and read-only; RGB, or one channel
        of grey.
    table: N rows in the order of `pictures`; columns id (str, "000001.jpg"), partition (str,
        "train", "validation" or "test"), identity (int32, -1 when unknown), the labels of the
        schema (bool) in its order, and its factors (int64, from 0).
    size: side of a picture in pixels.
    fingerprint: 16 hex digits computed from the pixels, the table and the way of preparation.
    """

    root: Path
    pictures: np.ndarray
    table: pd.DataFrame
    size: int
    fingerprint: str
    schema: Schema = CELEBA

    @property
    def channels(self) -> int:
        """3 of colour, 1 of grey."""
        return self.pictures.shape[-1]

    @property
    def labels(self) -> np.ndarray:
        """(N, A) bool, in the order of the schema's labels."""
        return self.table[list(self.schema.labels)].to_numpy(bool)

    def rows(self, partition: str) -> np.ndarray:
        """Rows of one partition: (n,) int64, ascending, n >= 1.

        Raises DataError for an unknown partition and for one without pictures.
        """
        if partition not in PARTITIONS:
            raise DataError(
                f"a partition named {', '.join(PARTITIONS[:-1])} or {PARTITIONS[-1]}",
                repr(partition),
                "ask for one of these.",
            )
        rows = np.flatnonzero(self.table["partition"].to_numpy() == partition).astype(np.int64)
        if not len(rows):
            counts = self.table["partition"].value_counts().to_dict()
            raise DataError(
                f"pictures of the {partition} partition in {self.root}",
                ", ".join(f"{n} {name}" for name, n in counts.items()),
                "prepare again with a --partition-file that gives it some.",
            )
        return rows


def load_prepared(root: str | Path, check: bool = True) -> Prepared:
    """Open a folder that `python -m data prepare` wrote.

    check: whether the pictures are still those that were written; all of them are read for that, a
    second or two for CelebA. Raises DataError when the folder is missing, unfinished, of another
    format, when its array and its table do not belong together, or a bit of either has changed.
    """
    root = Path(root)
    about = read_about(root)
    schema = read_schema(root)
    table = _read_table(root / TABLE, schema)
    size, channels = about["size"], about.get("channels", 3)
    pictures = _read_pictures(root / PICTURES)
    if pictures.dtype != np.uint8 or pictures.shape != (len(table), size, size, channels):
        raise DataError(
            f"{PICTURES} of shape ({len(table)}, {size}, {size}, {channels}) uint8, to match "
            f"{TABLE}",
            f"{pictures.shape} {pictures.dtype} in {root}",
            _remake(root),
        )
    if check and fingerprint_of(about, root / TABLE, root / PICTURES) != about["fingerprint"]:
        raise DataError(
            f"pictures and table in {root} as they were written, fingerprint "
            f"{about['fingerprint']}",
            "others: a disk or a copy has changed them",
            f"copy the folder again from where it is whole, or {_remake(root)}",
        )
    return Prepared(root, pictures, table, size, about["fingerprint"], schema)


def fingerprint_of(about: dict, table: Path, pictures: Path) -> str:
    """16 hex digits of the pixels, the table, its schema and the way of preparation."""
    preparation = json.dumps({name: about.get(name) for name in PREPARATION})
    digest = hashlib.blake2b(f"{preparation}\n".encode(), digest_size=8)
    if (schema := table.with_name(SCHEMA)).is_file():
        digest.update(schema.read_bytes() + b"\n")
    digest.update(table.read_bytes() + b"\n")
    with pictures.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_about(root: Path) -> dict:
    """The content of prepared.json. Raises DataError when it is missing or not readable."""
    path = root / ABOUT
    expected = f"a prepared folder at {root}"
    if not root.is_dir():
        raise DataError(
            expected,
            "no such folder",
            f"make it: python -m data prepare SOURCE --out {quoted(root)}",
        )
    if not path.is_file():
        if (root / JOURNAL).is_file():
            raise DataError(
                expected,
                "an unfinished one",
                "finish it, same command as before: "
                f"python -m data prepare SOURCE --out {quoted(root)}",
            )
        names = ", ".join(sorted(p.name for p in root.iterdir())[:5]) or "an empty folder"
        raise DataError(
            f"{expected}, with {ABOUT} in it",
            names,
            f"name another folder, or make one: python -m data prepare SOURCE --out {quoted(root)}",
        )
    try:
        about = read_json(path)
        found = f"format {about['format']}"
        complete = {"size", "fingerprint", "plan"} <= about.keys()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        about, found, complete = {"format": None}, f"unreadable content ({error})", False
    if about["format"] != FORMAT or not complete:
        raise DataError(f"{path} of format {FORMAT}", found, _remake(root))
    return about


def _read_pictures(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"a whole array in {path}", str(error), _remake(path.parent)) from error


def columns_of(schema: Schema) -> list[str]:
    """The columns of a table of this schema, in their order."""
    return [*FIRST_COLUMNS, *schema.columns]


def _read_table(path: Path, schema: Schema) -> pd.DataFrame:
    flags = dict.fromkeys(schema.labels, np.uint8)
    types = {"id": str, "partition": str, "identity": np.int32} | flags
    types |= dict.fromkeys(schema.factor_columns.values(), np.int64)
    try:
        table = pd.read_csv(path, dtype=types, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DataError(f"a table in {path}", str(error), _remake(path.parent)) from error
    if list(table.columns) != columns_of(schema):
        raise DataError(
            f"{path} with columns {', '.join(FIRST_COLUMNS)} and the {len(schema.labels)} "
            f"attributes of {schema.dataset}",
            f"{len(table.columns)} columns starting {', '.join(table.columns[:4])}",
            _remake(path.parent),
        )
    return table.astype(dict.fromkeys(schema.labels, bool))


def _remake(root: Path) -> str:
    place = quoted(root)
    return f"delete {place} and make it again: python -m data prepare SOURCE --out {place}"
