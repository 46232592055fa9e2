"""Who judges an edit: the first judge says what strength 1 is, a second one whether it was reached.

A judge that something was fitted to believes it too readily; one that was not is asked for what is
promised.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from data.shipped import PRETRAINED
from explorer.language.text import N_
from training.judges.files import SCORING, TRAINED_THROUGH, judges_path


class Judge(Protocol):
    """Scores pictures.

    name: how it is called in files and on the page. attributes: the A names of its scores.
    """

    name: str
    attributes: tuple[str, ...]

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, A) float32, 0 to 1; NaN for attributes it does not judge."""


class Judges(NamedTuple):
    """first: what strengths are fitted by. second: what was reached is measured by; the first where
    there is no other.
    """

    first: Judge
    second: Judge

    @property
    def two(self) -> bool:
        """Whether they are two."""
        return self.second is not self.first


@cache
def judges(folder: Path = PRETRAINED) -> Judges:
    """All judges that ship, loaded once: the set that one may train through is the first, the one
    that only scores the second. The classifier stands in where either is missing. Raises DataError
    when that is missing, too, or a file is damaged.
    """
    from explorer.judge.scorer import scorer, set_of_judges  # onnxruntime takes time to import

    if not all(judges_path(name, folder).is_file() for name in (TRAINED_THROUGH, SCORING)):
        return Judges(scorer(), scorer())
    first, second = (
        set_of_judges(called, name, folder)
        for name, called in (
            (TRAINED_THROUGH, N_("the first judge")),
            (SCORING, N_("the second judge")),
        )
    )
    return Judges(first, second)
