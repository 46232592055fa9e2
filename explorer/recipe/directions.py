"""Own directions: from the mean of one group of faces to that of another, under a name.

A file of one is JSON: {"direction": NAME, "vector": text as in code_text.py, "latent": D,
"weights": key, "statistics": {...}}.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data.errors import ErrorForPeople
from data.json_text import TooLarge, parse_json
from explorer.language.text import _
from explorer.recipe.code_text import LONGEST_NAME, direction_from_text, direction_to_text
from explorer.recipe.latent_algebra import strength_along
from training.codes.roc import roc_area

LARGEST_FILE = 16 * 1024  # bytes


class DirectionError(ErrorForPeople):
    """A direction that cannot be: says what was expected, what was found and what to do next."""


@dataclass(frozen=True)
class Statistics:
    """Of the two groups of faces that made a direction.

    faces_from, faces_to: how many. length: of the vector. spread_from, spread_to: standard
    deviations along it, in strengths, so of a distance of 1. auc: how well the position along it
    tells the groups apart, 0.5 by chance; of these very faces, so small groups flatter it.
    """

    faces_from: int
    faces_to: int
    length: float
    spread_from: float
    spread_to: float
    auc: float


@dataclass(frozen=True)
class Direction:
    """Strength 1 leads from the mean of one group to that of another.

    text: name and vector, see `direction_to_text`: the key of its slider in a recipe. weights: key
    of the weights of the run whose codes made it.
    """

    text: str
    weights: str
    statistics: Statistics

    @property
    def name(self) -> str:
        """What its slider is called."""
        return direction_from_text(self.text)[0]

    @property
    def vector(self) -> np.ndarray:
        """(D,) float32, rounded to half precision."""
        return direction_from_text(self.text)[1]


def direction_between(
    name: str, start: np.ndarray, end: np.ndarray, weights: str, taken: tuple[str, ...] = ()
) -> Direction:
    """The direction from the mean of the codes `start` (N, D) to that of `end` (M, D), N, M >= 1.

    taken: names that others have. Raises DirectionError for an empty group, for two groups of the
    same mean, and for a name that is empty, too long or taken.
    """
    name = checked_name(name, taken)
    for codes, which in ((start, "first"), (end, "second")):
        if not len(codes):
            raise DirectionError(
                _("faces in the {which} group").format(which=which),
                "none",
                _("choose fewer conditions, or another group"),
            )
    vector = (end.mean(0, dtype=np.float64) - start.mean(0, dtype=np.float64)).astype(np.float32)
    try:
        text = direction_to_text(name, vector)
    except ValueError as error:
        raise DirectionError(
            _("two groups whose mean codes differ"),
            _("the same mean code twice"),
            _("choose another group"),
        ) from error
    along = [strength_along(codes, vector) for codes in (start, end)]
    statistics = Statistics(
        faces_from=len(start),
        faces_to=len(end),
        length=float(np.linalg.norm(vector)),
        spread_from=float(along[0].std()),
        spread_to=float(along[1].std()),
        auc=roc_area(np.hstack(along), np.repeat([False, True], [len(a) for a in along])),
    )
    return Direction(text, weights, statistics)


def direction_facts(direction: Direction) -> list[str]:
    """Lines about a direction."""
    found = direction.statistics
    return [
        _("From the mean of {faces_from:,} faces to that of {faces_to:,}.").format(
            faces_from=found.faces_from, faces_to=found.faces_to
        ),
        _("How well the vector tells these apart (AUC, 0.5 by chance): {auc:.2f}.").format(
            auc=found.auc
        ),
    ]


def checked_name(name: str, taken: tuple[str, ...] = ()) -> str:
    """The name without spaces around it. Raises DirectionError."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        found = _("{name} characters").format(name=len(name)) if name.isprintable() else repr(name)
        raise DirectionError(
            _("a name of 1 to {longest_name} characters").format(longest_name=LONGEST_NAME),
            found,
            _("type another name"),
        )
    if name in taken:
        raise DirectionError(
            _("a name that no other own direction has"), repr(name), _("type another name")
        )
    return name


def direction_json(direction: Direction) -> str:
    """A direction as the text of a file, for `read_direction`."""
    name, _unused, vector = direction.text.rpartition(":")
    values = {
        "direction": name,
        "vector": vector,
        "latent": len(direction.vector),
        "weights": direction.weights,
        "statistics": asdict(direction.statistics),
    }
    return json.dumps(values, indent=2, allow_nan=False)


def read_direction(content: bytes, latent: int, weights: str) -> Direction:
    """The direction of a file that `direction_json` made.

    latent, weights: of the run that is to use it. Raises DirectionError for another or too large a
    file, and for a direction of another latent size or of another run's weights.
    """
    again = _("choose a file that was exported under Own directions")
    try:
        values = parse_json(content, LARGEST_FILE)
        direction = _from_data(values)
    except TooLarge as error:
        raise DirectionError(
            _("a file of at most {largest_file:,} bytes").format(largest_file=LARGEST_FILE),
            _("{content:,} bytes").format(content=len(content)),
            again,
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DirectionError(
            _("the file of a direction, as Export makes it"), repr(bytes(content[:60])), again
        ) from error
    if values["latent"] != latent:
        raise DirectionError(
            _("a direction of {latent} latent dimensions, as this model has").format(latent=latent),
            _("one of {latent}, {name!r}").format(latent=values["latent"], name=direction.name),
            _("open the model that it was made with, or make the direction here"),
        )
    if direction.weights != weights:
        raise DirectionError(
            _("a direction in the latent space of this model's weights, {weights}").format(
                weights=weights
            ),
            _("{name!r} of the weights {weights}").format(
                name=direction.name, weights=direction.weights
            ),
            _(
                "open the model that it was made with, or make the direction here: in another "
                "latent space the same numbers mean another change"
            ),
        )
    return direction


def _from_data(values: dict[str, Any]) -> Direction:
    """Raises ValueError, KeyError, TypeError, AttributeError."""
    text = f"{values['direction']}:{values['vector']}"
    direction = Direction(text, values["weights"], Statistics(**values["statistics"]))
    keys = {"direction", "vector", "latent", "weights", "statistics"}
    numbers = asdict(direction.statistics).values()
    if (
        values.keys() != keys
        or type(values["direction"]) is not str
        or not re.fullmatch(r"[0-9a-f]{16}", direction.weights)
        or type(values["latent"]) is not int
        or len(direction.vector) != values["latent"]
        or not all(type(number) in (int, float) and np.isfinite(number) for number in numbers)
    ):
        raise ValueError
    return direction
