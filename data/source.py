"""Pictures with labels, as they are before they are prepared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.picture_files import Pictures
from data.schema import CELEBA, Schema

PARTITIONS = ("train", "validation", "test")  # CelebA's codes 0, 1, 2
PARTITION_OF = {
    **dict.fromkeys(("0", "0.0", "train", "training"), "train"),
    **dict.fromkeys(("1", "1.0", "val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("2", "2.0", "test", "testing"), "test"),
}
# What of a picture is taken: the largest square in its middle, all of it on a black square, or a
# box of pixels: left, top, right, bottom.
CENTRE, WHOLE = "centre", "whole"
Cut = str | tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Source:
    """What is at hand: M pictures that also have a partition and all labels of the schema.

    root: the folder given.
    pictures: where the picture files are.
    stamps: one string per row that changes when the picture file does.
    table: M rows sorted by id; columns as in `data.prepared.Prepared`.
    partition_file: name of the file that told the partitions.
    listed: number of ids in that file.
    unlabelled: number of pictures left out because a table does not mention them.
    missing: ids in that file without a picture or without labels.
    otherwise: names of the picture files that are called otherwise than their ids.
    notes: what else people should know, a line each.
    cut: what of a picture is taken; CelebA's place in its aligned frame where None.
    grey: whether the pictures are kept as one channel of grey.
    """

    root: Path
    pictures: Pictures
    stamps: list[str]
    table: pd.DataFrame
    partition_file: str
    listed: int
    unlabelled: int
    missing: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    schema: Schema = CELEBA
    cut: Cut | None = None
    grey: bool = False

    def summary(self) -> str:
        """Some lines for people: every listed id is used, missing, or told by another name."""
        counts = self.table["partition"].value_counts()
        kinds = ", ".join(f"{counts[p]:,} {p}" for p in PARTITIONS if p in counts)
        lines = [
            f"pictures from {self.pictures.path}",
            f"{len(self.table):,} of the {self.listed:,} listed in {self.partition_file} "
            f"are here: {kinds}",
        ]
        if self.unlabelled:
            lines.append(f"{self.unlabelled:,} more are left out: no partition or no attributes")
        if self.missing:
            lines.append(
                f"{len(self.missing):,} are listed, and their picture or attributes are missing: "
                f"{some(self.missing)}"
            )
        if self.otherwise:
            lines.append(
                f"{len(self.otherwise):,} pictures have another ending or folder than their id, "
                f"and are used: {some(self.otherwise)}"
            )
        lines += self.notes
        return "\n".join(lines)


def some(names: Sequence[str], most: int = 3) -> str:
    """The first few of names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
