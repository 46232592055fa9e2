"""Columns of a table as people have them -> labels of 0 and 1, which is what everything else reads.

    0 and 1, no and yes, -1 and 1, false and true    the label itself
    categories: words, or at most MOST_WHOLE         a label for each, of which a picture has one:
    different whole numbers                          kind of cat and dog: kind_cat, kind_dog
    numbers                                          one label, NAME_high, of the upper half; where
                                                     it is cut is told in the schema's notes

A column may also be a factor, one of the true causes of a picture: then the table keeps its values
as well, numbered from 0 in their order.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from data.errors import DataError
from data.schema import Schema

MOST_WHOLE = 12  # different whole numbers that are categories; more are numbers
MOST_CATEGORIES = 40
OTHERS = "Labels"  # heading of those that are neither of a category nor of a number
PRESENT = {"1", "1.0", "+1", "true", "yes", "y"}
ABSENT = {"0", "0.0", "-1", "-1.0", "false", "no", "n"}
KINDS = ("categories", "numbers")


@dataclass(eq=False)
class Labels:
    """What columns became: N rows. values: label -> (N,) bool. factors: name -> (N,) int64."""

    values: dict[str, np.ndarray] = field(default_factory=dict)
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exclusive: list[tuple[str, ...]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def schema(self, dataset: str, one: str, many: str, mirrored: bool) -> Schema:
        """The schema of these labels."""
        counts = {name: int(values.max()) + 1 for name, values in self.factors.items()}
        return Schema(
            dataset,
            one,
            many,
            tuple(self.values),
            self.groups,
            tuple(self.exclusive),
            self.notes,
            counts,
            mirrored,
        )


def labels_of(
    columns: Mapping[str, Sequence[str]],
    kinds: Mapping[str, str] | None = None,
    factors: Collection[str] = (),
    origin: str = "the table",
) -> Labels:
    """The labels of columns of text.

    kinds: name -> "categories" or "numbers", where it is not to be found out. factors: names of
    columns that are factors, too. origin: what errors call the table.
    Raises DataError for a column whose cells are all alike, that misses some, that holds words of
    more than MOST_CATEGORIES kinds, or no numbers where it was said to, and for two labels of one
    name.
    """
    made, kinds = Labels(), kinds or {}
    for name, cells in columns.items():
        cells = [cell.strip() for cell in cells]
        _refuse(name, cells, [n for n in columns if n != name], origin)
        _add(made, name, cells, kinds.get(name) or _kind(name, cells, columns, origin), origin)
        if name in factors:
            made.factors[_word(name)] = _numbered(cells)
    return made


def _refuse(name: str, cells: Sequence[str], others: Sequence[str], origin: str) -> None:
    step = f"leave it out: --columns {' '.join(others)}" if others else "leave the table out."
    if "" in cells:
        raise DataError(
            f"a value of {name} for every picture in {origin}",
            f"{cells.count(''):,} empty ones",
            f"fill them in, take these rows away, or {step}",
        )
    if len({*cells}) < 2:
        raise DataError(
            f"different values of {name} in {origin}", f"{cells[0]!r} in every row", step
        )


def _kind(
    name: str, cells: Sequence[str], columns: Mapping[str, Sequence[str]], origin: str
) -> str:
    """ "flag", "categories" or "numbers"."""
    distinct = {cell.lower() for cell in cells}
    if distinct <= PRESENT | ABSENT:
        return "flag"
    numbers = [_number(cell) for cell in distinct]
    if None not in numbers:
        whole = all(float(n).is_integer() for n in numbers if n is not None)
        return "categories" if whole and len(distinct) <= MOST_WHOLE else "numbers"
    if len(distinct) > MOST_CATEGORIES:
        others = " ".join(n for n in columns if n != name)
        raise DataError(
            f"0 and 1, numbers or at most {MOST_CATEGORIES} categories as {name} in {origin}",
            f"{len(distinct):,} different words, such as {cells[0]!r}",
            f"leave it out: --columns {others}" if others else "leave the table out.",
        )
    return "categories"


def _add(made: Labels, name: str, cells: Sequence[str], kind: str, origin: str) -> None:
    if kind == "flag":
        found = {_word(name): np.array([cell.lower() in PRESENT for cell in cells])}
        group = OTHERS
        made.groups[group] = (*made.groups.get(group, ()), *found)
    elif kind == "categories":
        values, kinds = np.array(cells), _in_order(cells)
        found = {f"{_word(name)}_{_word(value)}": values == value for value in kinds}
        if len(found) < len(kinds):
            raise _twice(name, origin)
        made.exclusive.append(tuple(found))
        made.groups[name] = (*made.groups.get(name, ()), *found)
        made.notes |= {k: f"{name} is {kind}" for k, kind in zip(found, kinds, strict=True)}
    else:
        label = f"{_word(name)}_high"
        numbers = [_number(cell) for cell in cells]
        if None in numbers:
            raise DataError(
                f"numbers in column {name} of {origin}",
                repr(cells[numbers.index(None)]),
                f"correct it, or --categories {name}",
            )
        numbers_found = np.array(numbers, float)
        cut = upper_half(numbers_found)
        found = {label: numbers_found >= cut}
        made.groups["Numbers"] = (*made.groups.get("Numbers", ()), label)
        share = found[label].mean()
        made.notes[label] = f"{name} is at least {cut:g}, as in {share:.0%} of all"
    if {*found} & {*made.values}:
        raise _twice(name, origin)
    made.values |= found


def upper_half(numbers: np.ndarray) -> float:
    """The value from which up lie as nearly half of the numbers as can be, not all of them."""
    values, counts = np.unique(numbers, return_counts=True)
    above = counts[::-1].cumsum()[::-1] / len(numbers)
    return float(values[1:][np.abs(above[1:] - 0.5).argmin()])


def _numbered(cells: Sequence[str]) -> np.ndarray:
    """(N,) int64: the place of each cell among the different ones."""
    place = {value: k for k, value in enumerate(_in_order(cells))}
    return np.array([place[cell] for cell in cells], np.int64)


def _in_order(cells: Sequence[str]) -> list[str]:
    """The different cells, as numbers where they all are."""
    distinct = {*cells}
    numbers = {cell: _number(cell) for cell in distinct}
    if None in numbers.values():
        return sorted(distinct)
    return sorted(distinct, key=lambda cell: numbers[cell] or 0.0)


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _word(text: str) -> str:
    """What a name is called in addresses and filters: letters, digits and underscores."""
    return re.sub(r"\W+", "_", text.strip()).strip("_") or "value"


def _twice(name: str, origin: str) -> DataError:
    return DataError(
        f"labels of different names in {origin}",
        f"column {name} makes one that is there already",
        "name the columns and categories so that they differ in letters or digits.",
    )
