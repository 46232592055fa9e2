"""Read CelebA in its official layout, unpacked or straight from the zip, whole or in part.

What SOURCE may hold (Liu et al. 2015, https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html):

    img_align_celeba/ or img_align_celeba.zip    aligned pictures <id>.jpg: 178x218,
                                                 or the same at another scale
    list_attr_celeba.txt                         40 attributes of each id, -1 or 1
    list_eval_partition.txt                      0 train, 1 validation, 2 test
    identity_CelebA.txt                          optional: a number for each person

The Kaggle copy (pictures one folder deeper, tables as .csv with a header) and the Anno/, Eval/
and Img/ folders of the official drive are read as well. Landmarks and boxes are not needed.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.attributes import ATTRIBUTES
from data.errors import DataError
from data.prepared import COLUMNS, PARTITIONS

PAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
IMAGES, ATTRIBUTE_LIST = "img_align_celeba", "list_attr_celeba"
PARTITION_LIST, IDENTITY_LIST = "list_eval_partition", "identity_CelebA"
FOLDERS = ("", "Anno", "Eval", "Img")


@dataclass(frozen=True)
class PictureFolder:
    """The aligned pictures, unpacked."""

    path: Path

    def stamps(self) -> dict[str, str]:
        """For each JPEG file its size and time of change: equal stamps, equal pictures."""
        stats = {p.name: p.stat() for p in self.path.iterdir() if p.suffix == ".jpg"}
        return {name: f"{s.st_size} {s.st_mtime_ns}" for name, s in stats.items()}

    def reader(self) -> Callable[[str], bytes]:
        """A function from a name to the bytes of the file."""
        return lambda name: (self.path / name).read_bytes()


@dataclass(frozen=True)
class PictureZip:
    """The aligned pictures inside the official zip, whatever folder they are in there."""

    path: Path

    def stamps(self) -> dict[str, str]:
        """For each JPEG file its size and checksum: equal stamps, equal pictures."""
        with self._open() as archive:
            return {name: f"{i.file_size} {i.CRC:08x}" for name, i in _jpegs(archive)}

    def reader(self) -> Callable[[str], bytes]:
        """A function from a name to the bytes of the file; opens the zip once."""
        archive = self._open()
        members = dict(_jpegs(archive))
        return lambda name: archive.read(members[name])

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except zipfile.BadZipFile as error:
            raise DataError(
                f"a whole zip of pictures in {self.path}",
                f"{self.path.stat().st_size:,} bytes that are not one ({error})",
                f"download it again, an interrupted download looks like this: {PAGE}",
            ) from error


def _jpegs(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    return (
        (info.filename.rpartition("/")[2], info)
        for info in archive.infolist()
        if info.filename.endswith(".jpg")
    )


@dataclass(frozen=True, eq=False)
class Celeba:
    """What of CelebA is at hand: M pictures that also have labels and a partition.

    root: the folder given.
    pictures: where the JPEG files are.
    stamps: one string per row that changes when the JPEG file does.
    table: M rows sorted by id; columns as in `data.prepared.Prepared`.
    partition_file: name of the file that told the partitions.
    listed: number of ids in that file.
    unlabelled: number of pictures left out because a table does not mention them.
    """

    root: Path
    pictures: PictureFolder | PictureZip
    stamps: list[str]
    table: pd.DataFrame
    partition_file: str
    listed: int
    unlabelled: int

    def summary(self) -> str:
        """Two or three lines for people: what is here, what is missing, what is left out."""
        counts = self.table["partition"].value_counts()
        kinds = ", ".join(f"{counts[p]:,} {p}" for p in PARTITIONS if p in counts)
        lines = [
            f"pictures from {self.pictures.path}",
            f"{len(self.table):,} of the {self.listed:,} listed in {self.partition_file} "
            f"are here: {kinds}",
        ]
        if self.unlabelled:
            lines.append(f"{self.unlabelled:,} more are left out: no partition or no attributes")
        return "\n".join(lines)


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
    pictures = _find_pictures(root)
    ids, flags = read_attributes(attribute_path)
    partitions = read_partitions(partition_path)
    identity_path = _find_optional(root, IDENTITY_LIST)
    identities = read_identities(identity_path) if identity_path else {}
    stamps = pictures.stamps()

    table = pd.DataFrame(flags, columns=list(ATTRIBUTES))
    table.insert(0, "id", ids)
    table = table[[i in stamps and i in partitions for i in ids]]
    table = table.sort_values("id", ignore_index=True)
    here = table["id"]
    if here.empty:
        raise DataError(
            f"pictures of the {len(partitions):,} ids listed in {partition_path}",
            f"none of them among the {len(stamps):,} pictures in {pictures.path}",
            f"download img_align_celeba.zip (aligned pictures, not 'in the wild'): {PAGE}",
        )
    table.insert(1, "partition", [partitions[i] for i in here])
    table.insert(2, "identity", np.array([identities.get(i, -1) for i in here], np.int32))
    return Celeba(
        root=root,
        pictures=pictures,
        stamps=[stamps[i] for i in here],
        table=table[list(COLUMNS)],
        partition_file=partition_path.name,
        listed=len(partitions),
        unlabelled=len(stamps) - len(here),
    )


def read_attributes(path: Path) -> tuple[list[str], np.ndarray]:
    """Read list_attr_celeba.txt or .csv: M ids, and (M, 40) bool in the order of ATTRIBUTES.

    Raises DataError with the line number for a wrong width or a value other than -1 and 1, and
    for attribute names that are not the 40 official ones.
    """
    rows = _rows(path)
    _, header = next(rows, (0, []))
    announced = int(header[0]) if len(header) == 1 and header[0].isdigit() else None
    if announced is not None:
        _, header = next(rows, (0, []))
    names = header[1:] if header[:1] == ["image_id"] else header
    order = _attribute_order(path, names)

    ids, flags = [], bytearray()
    for line, (name, *values) in rows:
        if len(values) != 40:
            raise DataError(
                f"an id and 40 values in line {line} of {path}",
                f"{len(values)} values",
                "download the file again, it may be cut short or edited.",
            )
        if not _SIGNS.issuperset(values):
            wrong = next(v for v in values if v not in _SIGNS)
            raise DataError(
                f"values -1 and 1 in line {line} of {path}",
                repr(wrong),
                "download the file again, or write -1 for absent and 1 for present.",
            )
        ids.append(name)
        flags.extend([value == "1" for value in values])
    if announced not in (None, len(ids)):
        raise DataError(
            f"{announced:,} rows in {path}, as its first line says",
            f"{len(ids):,}",
            "download the file again, or correct the number if rows were left out on purpose.",
        )
    _check_once(path, ids)
    return ids, np.frombuffer(flags, bool).reshape(-1, 40)[:, order]


def read_partitions(path: Path) -> dict[str, str]:
    """Read list_eval_partition.txt or .csv, or another of that format: id -> partition name.

    Raises DataError with the line number when a code is missing or is not 0, 1 or 2.
    """
    codes = dict(zip("012", PARTITIONS, strict=True))
    partitions = {}
    for line, (name, *values) in _rows(path):
        if [name, *values] == ["image_id", "partition"]:
            continue
        if len(values) != 1 or values[0] not in codes:
            raise DataError(
                f"an id and 0 (train), 1 (validation) or 2 (test) in line {line} of {path}",
                " ".join([name, *values]),
                "correct the line, or name another file with --partition-file.",
            )
        partitions[name] = codes[values[0]]
    return partitions


def read_identities(path: Path) -> dict[str, int]:
    """Read identity_CelebA.txt: id -> number of the person.

    Raises DataError with the line number when that is not a whole number from 0 up.
    """
    identities = {}
    for line, (name, *values) in _rows(path):
        if name == "image_id":
            continue
        if len(values) != 1 or not values[0].isdigit():
            raise DataError(
                f"an id and the number of a person in line {line} of {path}",
                " ".join([name, *values]),
                "correct the line, or take the file away: it is optional.",
            )
        identities[name] = int(values[0])
    return identities


_SIGNS = {"-1", "1"}


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The non-empty lines as (line number from 1, fields), for .txt and .csv alike."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if fields := line.replace(",", " ").split():
                    yield number, fields
    except UnicodeDecodeError as error:
        raise DataError(
            f"text in {path}", f"something else ({error})", f"download the file again: {PAGE}"
        ) from error


def _attribute_order(path: Path, names: list[str]) -> list[int]:
    """Where in the file each official attribute is."""
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


def _check_once(path: Path, ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        twice = pd.Series(ids)[pd.Series(ids).duplicated()].unique()
        raise DataError(
            f"each id once in {path}",
            f"{len(twice)} ids more than once: {', '.join(twice[:3])}",
            "download the file again, or delete the repeated lines.",
        )


def _check_any(root: Path) -> None:
    """Tell a folder that has nothing to do with CelebA from one that lacks a part."""
    known = (IMAGES, ATTRIBUTE_LIST, PARTITION_LIST, IDENTITY_LIST)
    if not any(list((root / f).glob(f"{name}*")) for f in FOLDERS for name in known):
        raise DataError(
            f"CelebA in {root}: {IMAGES}.zip, {ATTRIBUTE_LIST}.txt and {PARTITION_LIST}.txt",
            f"none of them, but {_content(root)}",
            f"give the folder that holds them, or: python -m data download {root}",
        )


def _find_optional(root: Path, name: str) -> Path | None:
    for folder in FOLDERS:
        for suffix in (".txt", ".csv"):
            path = root / folder / (name + suffix)
            if path.is_file():
                return path
    return None


def _find_table(root: Path, name: str) -> Path:
    if path := _find_optional(root, name):
        return path
    raise DataError(
        f"{name}.txt or {name}.csv in {root}",
        _content(root),
        f"put the file there, from the official page {PAGE} or: python -m data download {root}",
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


def _find_pictures(root: Path) -> PictureFolder | PictureZip:
    for folder in FOLDERS:
        for path in (root / folder / IMAGES, root / folder / IMAGES / IMAGES):
            if path.is_dir() and any(path.glob("*.jpg")):
                return PictureFolder(path)
        path = root / folder / f"{IMAGES}.zip"
        if path.is_file():
            return PictureZip(path)
    raise DataError(
        f"{IMAGES}.zip or a folder {IMAGES}/ with .jpg files in {root}",
        _content(root),
        f"put the pictures there, from the official page {PAGE} or: python -m data download {root}",
    )


def _content(root: Path) -> str:
    names = sorted(p.name for p in root.iterdir())
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "an empty folder") + more
