"""Tables about pictures as people have them: official lists, spreadsheets, output of scripts.

Text in UTF-8 or UTF-16, with or without a byte order mark; columns apart by commas, semicolons,
tabs or spaces, quoted or not; with or without a header, a count before it, an index column;
pictures named with or without folder and ending. A row said twice counts once.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from data.errors import DataError

ID_NAMES = {"image_id", "imageid", "image", "filename", "file_name", "file", "id", "name", "path"}
INDEX_NAMES = {"", "index", "unnamed: 0"}
SEPARATORS = ("\t", ";", ",")  # before spaces, the first that is in every line
SNIFFED = 5  # lines
ENDINGS = ("jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "tif", "tiff", "gif")  # of pictures
DIGITS = 6  # of CelebA's numbers; a spreadsheet drops leading zeros


@dataclass(frozen=True)
class Table:
    """Rows of a table about pictures.

    columns: names of the values, () where the table has no header. rows: key of a picture, see
    `picture_key` -> number of its line from 1, and its values. ids: key -> `picture_id`.
    doubled: rows that were said again.
    """

    path: Path
    columns: tuple[str, ...]
    rows: dict[str, tuple[int, list[str]]]
    ids: dict[str, str]
    announced: int | None
    doubled: int


def picture_key(name: str) -> str:
    """By what tables and pictures are matched: the name without folder, ending and case.

    "img/000001.JPG", "000001.png" and 1 are the same picture.
    """
    stem = _base(name).lower()
    if ending_of(stem) in ENDINGS:
        stem = stem.rpartition(".")[0]
    return stem.zfill(DIGITS) if stem.isdecimal() else stem


def picture_id(name: str) -> str:
    """What a picture is called from then on: as CelebA does it, 000001.jpg, where it has a number.

    So codes of one picture carry one name, whatever kind of file it was encoded from.
    """
    return _id_by_key(name, picture_key(name))


def _id_by_key(name: str, key: str) -> str:
    base = _base(name)
    return f"{key}.jpg" if key.isdecimal() or ending_of(base) not in ENDINGS else base


def _base(name: str) -> str:
    """A name without its folder."""
    return name.strip().replace("\\", "/").rpartition("/")[2]


def ending_of(name: str) -> str:
    """The letters after the last dot, as small ones; those of "a.JPG" are "jpg"."""
    return name.rpartition(".")[2].lower()


def read_table(path: Path, is_value: Callable[[str], bool], again: str) -> Table:
    """Read a table whose cells, but for those that name a picture, are values.

    is_value: tells a value from a word of a header. again: what to do about a damaged file.
    Raises DataError for what is no text, for a line without a picture, and for two rows of one
    picture that disagree.
    """
    lines = _lines(path, again)
    announced: int | None = None
    columns: tuple[str, ...] = ()
    first = next(lines, (0, []))
    if len(first[1]) == 1 and first[1][0].isdecimal():
        announced, first = int(first[1][0]), next(lines, (0, []))
    if _is_header(first[1], is_value):
        picture, left_out = _places(first[1])
        columns = tuple(c for k, c in enumerate(first[1]) if k not in (picture, *left_out))
    else:
        picture, left_out = _places_by_sight(first[1])
        lines = chain([first] if first[1] else [], lines)
    names_at, no_values = picture or 0, sorted({picture or 0, *left_out}, reverse=True)
    rows: dict[str, tuple[int, list[str]]] = {}
    ids: dict[str, str] = {}
    doubled = 0
    for line, cells in lines:
        if len(cells) <= no_values[0]:
            raise DataError(f"the name of a picture in line {line} of {path}", repr(cells), again)
        name, values = cells[names_at], cells.copy()
        for k in no_values:
            del values[k]
        key = picture_key(name)
        if key not in rows:
            rows[key], ids[key] = (line, values), _id_by_key(name, key)
        elif rows[key][1] == values:
            doubled += 1
        else:
            raise DataError(
                f"one row for each picture in {path}",
                f"{picture_id(name)} in line {rows[key][0]} and, with other values, in line {line}",
                "delete the row that is wrong.",
            )
    return Table(path, columns, rows, ids, announced, doubled)


def _is_header(cells: list[str], is_value: Callable[[str], bool]) -> bool:
    """Whether a first row names columns: by one of the usual names, or since no cell is a value."""
    if any(cell.lower() in ID_NAMES for cell in cells):
        return True
    return bool(cells) and not any(is_value(cell) for cell in cells) and not _is_picture(cells[0])


def _places(header: list[str]) -> tuple[int | None, tuple[int, ...]]:
    """Which column names pictures, and which count rows. None: the first one, without a name."""
    names = [cell.lower() for cell in header]
    counting = tuple(k for k, name in enumerate(names) if name in INDEX_NAMES)
    pictures = [k for k, name in enumerate(names) if name in ID_NAMES]
    if pictures:
        return pictures[0], counting
    return (counting[0], counting[1:]) if counting else (None, ())


def _places_by_sight(row: list[str]) -> tuple[int, tuple[int, ...]]:
    """The same of a table without a header, by its first row."""
    counted = len(row) > 2 and row[0].isdecimal() and _is_picture(row[1])
    return (1, (0,)) if counted else (0, ())


def _is_picture(cell: str) -> bool:
    return ending_of(cell) in ENDINGS or cell.isdecimal()


def _lines(path: Path, again: str) -> Iterator[tuple[int, list[str]]]:
    """The lines with something in them as (number from 1, cells)."""
    text = _text(path, again)
    sample = [line for line in text.splitlines()[:SNIFFED] if not line.strip().isdecimal()]
    sample = [line for line in sample if line.strip()]
    separator = next((s for s in SEPARATORS if sample and all(s in line for line in sample)), None)
    clean = separator is None and '"' not in text  # of a long list hardly a cell needs a look
    if separator is None:
        # A comma in some lines only: what once was read as a space still is.
        split = (line.replace(",", " ").split() for line in text.splitlines())
        rows: Iterator[tuple[int, list[str]]] = enumerate(split, 1)
    else:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = ((reader.line_num, cells) for cells in reader)
    try:
        for number, cells in rows:
            if not clean:
                cells = [cell.strip().strip('"') for cell in cells]
            if any(cells):
                yield number, cells
    except csv.Error as error:
        raise DataError(f"rows in {path}", f"line {reader.line_num}: {error}", again) from error


def _text(path: Path, again: str) -> str:
    """What a file says, by its byte order mark, or by the zeros that UTF-16 is full of."""
    content = path.read_bytes()
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if wide else "utf-8-sig"
    if not wide and content[1:4:2] == b"\0\0":
        encoding = "utf-16-le"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(f"text in {path}", f"something else ({error})", again) from error
    if "\0" in text or content.startswith(b"PK\x03\x04"):
        raise DataError(
            f"text in {path}",
            "a spreadsheet or an archive" if content.startswith(b"PK") else "something else",
            f"save the table as CSV, or {again}",
        )
    return text
