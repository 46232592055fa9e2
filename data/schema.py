"""What the labels of a set of pictures are: names, groups, and which exclude one another.

A schema belongs to the pictures, not to the code: it lies as schema.json in their prepared folder,
and in every run trained on them. A folder without one is CelebA's.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from data.attributes import ATTRIBUTES, GROUPS
from data.errors import DataError
from data.json_text import read_json

SCHEMA = "schema.json"


@dataclass(frozen=True)
class Schema:
    """dataset: what the set is called. one, many: what a picture shows, "face" and "faces".

    labels: names of the labels of 0 and 1, in the order of the table. groups: heading -> labels
    that stand under it on the page. exclusive: sets of labels of which a picture has one, so that
    each of them is told by the others. notes: label -> how it came about, where a table did not
    say it as 0 or 1. factors: name -> number of values, of the true causes of a picture where they
    are known; columns of the table, too. mirrored: whether a mirrored picture is as good a picture,
    so that training may mirror them.
    """

    dataset: str
    one: str = "picture"
    many: str = "pictures"
    labels: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclusive: tuple[tuple[str, ...], ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, int] = field(default_factory=dict)
    mirrored: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for labels that are there twice, and for groups of unknown ones."""
        if len({*self.labels}) < len(self.labels):
            raise ValueError("labels that are there twice")
        named = [name for part in (*self.groups.values(), *self.exclusive) for name in part]
        if unknown := sorted({*named, *self.notes} - {*self.labels}):
            raise ValueError(f"unknown labels {', '.join(unknown[:3])}")

    @property
    def is_celeba(self) -> bool:
        """Whether what is known of CelebA's faces alone holds: places, judges, identities."""
        return self.dataset == CELEBA.dataset

    @cached_property
    def group_of(self) -> dict[str, str]:
        """Label -> its heading, those without one left out; in the order of the page."""
        return {name: group for group, names in self.groups.items() for name in names}

    @property
    def columns(self) -> list[str]:
        """What a table of this schema holds of labels and factors, in its order."""
        return [*self.labels, *self.factor_columns.values()]

    @property
    def factor_columns(self) -> dict[str, str]:
        """Factor -> its column, which is called otherwise than any label."""
        return {name: f"factor:{name}" for name in self.factors}

    def beside(self, label: str) -> tuple[str, ...]:
        """The labels that exclude this one, and so tell it."""
        return tuple(
            name for part in self.exclusive if label in part for name in part if name != label
        )

    def to_text(self) -> str:
        """As JSON, the same for the same schema."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_data(cls, values: Any) -> "Schema":
        """From plain JSON data. Raises ValueError for what is no schema."""
        known = {f.name for f in fields(cls)}
        if not isinstance(values, dict) or not known >= values.keys():
            raise ValueError(f"expected a schema of {', '.join(sorted(known))}")
        try:
            return cls(
                **values
                | {
                    "labels": _names(values["labels"]),
                    "groups": {str(k): _names(v) for k, v in values["groups"].items()},
                    "exclusive": tuple(map(_names, values["exclusive"])),
                    "notes": {str(k): str(v) for k, v in values["notes"].items()},
                    "factors": {str(k): int(v) for k, v in values["factors"].items()},
                }
            )
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"expected a whole schema; found {error!r}") from error


CELEBA = Schema(
    dataset="CelebA",
    one="face",
    many="faces",
    labels=ATTRIBUTES,
    groups={group: tuple(names.split()) for group, names in GROUPS.items()},
    mirrored=True,
)


def need_faces(schema: Schema, what: str) -> None:
    """Raises DataError where pictures are no faces of CelebA, of which alone `what` can be had."""
    if not schema.is_celeba:
        raise DataError(
            f"{CELEBA.dataset}'s faces, for {what}",
            f"pictures of {schema.dataset}",
            "go on without: a run is whole with fit, encode, evaluate, vectors and map.",
        )


def read_schema(folder: Path) -> Schema:
    """The schema of a prepared folder or a run; CelebA's where it has none.

    Raises DataError for one that cannot be read.
    """
    path = folder / SCHEMA
    if not path.is_file():
        return CELEBA
    try:
        return Schema.from_data(read_json(path))
    except (OSError, ValueError) as error:
        raise DataError(
            f"a schema of labels in {path}",
            str(error),
            "copy it again from where it is whole, or prepare the pictures again.",
        ) from error


def _names(values: Any) -> tuple[str, ...]:
    if isinstance(values, str) or not all(isinstance(name, str) for name in values):
        raise ValueError("expected lists of names")
    return tuple(values)
