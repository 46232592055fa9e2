"""A group of faces against all: its mean code, and which attributes are over-represented in it."""

from dataclasses import dataclass

import numpy as np

from explorer.language.text import _
from training.run.latents import Latents

Z_95 = 1.96  # standard errors; an odds ratio of 1 lies outside 95 % of intervals by chance


class GroupError(ValueError):
    """A group from which nothing can be made: says what was expected and what was found."""


@dataclass(frozen=True)
class Share:
    """One attribute in a group against the faces outside it.

    in_group, in_all: faces with it. group, all: how many faces there are. log_odds: natural
    logarithm of the odds ratio of group and others, counts shrunk by half a face each, so that
    small groups claim little (Haldane 1956, Anscombe 1956). error: its standard error.
    """

    attribute: str
    in_group: int
    group: int
    in_all: int
    all: int
    log_odds: float
    error: float

    @property
    def share(self) -> float:
        """Of the group."""
        return self.in_group / self.group

    @property
    def share_of_all(self) -> float:
        """Of all faces."""
        return self.in_all / self.all

    @property
    def sure(self) -> bool:
        """Whether chance alone would rarely make a group differ so much."""
        return abs(self.log_odds) > Z_95 * self.error

    @property
    def lower_bound(self) -> float:
        """The log odds, as near to none as they may well be; 0 where chance may have made them."""
        return float(np.sign(self.log_odds)) * max(0.0, abs(self.log_odds) - Z_95 * self.error)


def profile(faces: Latents, rows: np.ndarray) -> list[Share]:
    """Attributes of the faces in `rows` (N,) bool, the surely over-represented first.

    Sorted by `lower_bound`, then by `log_odds`, so that three faces with hats out of three do not
    outrank three hundred out of four hundred. Raises GroupError for an empty group.
    """
    _require_faces(rows)
    size, total = int(rows.sum()), len(faces)
    with_it, in_all = faces.labels[rows].sum(0), faces.labels.sum(0)
    # with, without: in the group, outside it
    table = np.stack([with_it, size - with_it, in_all - with_it, total - size - in_all + with_it])
    log_table = np.log(table + 0.5)
    log_odds = log_table[0] - log_table[1] - log_table[2] + log_table[3]
    if size == total:  # there are no others to differ from
        log_odds = np.zeros_like(log_odds)
    error = np.sqrt((1 / (table + 0.5)).sum(0))
    shares = [
        Share(str(name), int(n), size, int(all_of), total, float(odds), float(e))
        for name, n, all_of, odds, e in zip(
            faces.attributes, with_it, in_all, log_odds, error, strict=True
        )
    ]
    return sorted(shares, key=lambda s: (-s.lower_bound, -s.log_odds))


def mean_code(faces: Latents, rows: np.ndarray) -> np.ndarray:
    """(D,) float32 mean of the codes in `rows` (N,) bool. Raises GroupError for an empty group."""
    _require_faces(rows)
    return faces.mean[rows].mean(0, dtype=np.float64).astype(np.float32)


def check_two(first: np.ndarray, second: np.ndarray) -> None:
    """Raises GroupError when two groups, (N,) bool each, cannot make a direction."""
    for rows, name in ((first, "A"), (second, "B")):
        if not rows.any():
            raise GroupError(
                _("expected faces in group {name}; found none: select some on the map").format(
                    name=name
                )
            )
    if np.array_equal(first, second):
        raise GroupError(
            _(
                "expected two groups that differ; found the same {first:,} faces twice: "
                "select others for one of them"
            ).format(first=int(first.sum()))
        )


def _require_faces(rows: np.ndarray) -> None:
    if not rows.any():
        raise GroupError(
            _("expected a group of at least one face; found none: select some on the map")
        )
