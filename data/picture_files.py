"""Where the pictures are: a folder of files or a zip, matched with tables by `picture_key`.

So 000001.JPG, 000001.png and sub\\000001.jpg are all picture 000001.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from data.errors import DataError
from data.tables import ENDINGS, ending_of, picture_key

PAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
IMAGES = "img_align_celeba"


@dataclass(frozen=True)
class Found:
    """A picture file: its name in the folder or zip, and a stamp that changes when it does."""

    name: str
    stamp: str


@dataclass(frozen=True)
class PictureFolder:
    """The aligned pictures, unpacked."""

    path: Path

    @cached_property
    def files(self) -> dict[str, Found]:
        """Key of a picture -> its file; the stamp is its size and time of change."""
        stats = {p.name: p.stat() for p in self.path.iterdir() if is_picture(p.name)}
        found = [Found(name, f"{s.st_size} {s.st_mtime_ns}") for name, s in stats.items()]
        return _one_each(found, self.path, same_by_stamp=False)

    def reader(self) -> Callable[[str], bytes]:
        """A function from a picture's name, in any spelling, to the bytes of its file."""
        return lambda name: (self.path / self.files[picture_key(name)].name).read_bytes()


@dataclass(frozen=True)
class PictureZip:
    """The aligned pictures inside the official zip, whatever folder they are in there."""

    path: Path

    @cached_property
    def files(self) -> dict[str, Found]:
        """Key of a picture -> its file; the stamp is its size and checksum."""
        with self._open() as archive:
            members = [info for info in archive.infolist() if is_picture(info.filename)]
        if any(info.flag_bits & 1 for info in members):
            raise DataError(
                f"pictures that can be read in {self.path}",
                "pictures with a password",
                "unpack it yourself, into a folder beside it.",
            )
        found = [Found(info.filename, f"{info.file_size} {info.CRC:08x}") for info in members]
        return _one_each(found, self.path, same_by_stamp=True)

    def reader(self) -> Callable[[str], bytes]:
        """A function from a picture's name, in any spelling, to its bytes; opens the zip once."""
        archive = self._open()
        return lambda name: archive.read(self.files[picture_key(name)].name)

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except zipfile.BadZipFile as error:
            raise DataError(
                f"a whole zip of pictures in {self.path}",
                f"{self.path.stat().st_size:,} bytes that are not one ({error})",
                f"download it again, an interrupted download looks like this: {PAGE}",
            ) from error


Pictures = PictureFolder | PictureZip


def is_picture(name: str) -> bool:
    """Whether a path names a picture, and not what a Mac keeps beside each in its archives."""
    *folders, base = re.split(r"[/\\]", name)
    return ending_of(base) in ENDINGS and not base.startswith(".") and "__MACOSX" not in folders


def _one_each(found: list[Found], path: Path, same_by_stamp: bool) -> dict[str, Found]:
    """The file of each picture. Raises DataError for two that may differ and are equally good.

    Better is what lies in a folder of CelebA's own name, then what ends as CelebA's pictures do.
    """

    def rank(file: Found) -> tuple[bool, int]:
        return IMAGES not in file.name, ENDINGS.index(ending_of(file.name))

    best: dict[str, Found] = {}
    twins: dict[str, tuple[Found, Found]] = {}
    for file in sorted(found, key=lambda file: file.name):
        key = picture_key(file.name)
        other = best.get(key)
        if other is None or rank(file) < rank(other):
            best[key] = file
            twins.pop(key, None)
        elif rank(file) == rank(other) and not (same_by_stamp and file.stamp == other.stamp):
            twins.setdefault(key, (other, file))
    if twins:
        one, other = next(iter(twins.values()))
        raise DataError(
            f"one file for each picture in {path}",
            f"{len(twins):,} with two, such as {one.name} and {other.name}",
            "delete one of the two, or put the right ones into a folder of their own.",
        )
    return best
