"""Who judges an edit: the first judge says what strength 1 is, a second one whether it was reached.

A judge that something was fitted to believes it too readily; one that was not is asked for what is
promised.
"""

from functools import cache
from typing import NamedTuple, Protocol

import numpy as np


class Judge(Protocol):
    """Scores pictures.

    name: how it is called in files and on the page. attributes: the A names of its scores.
    """

    name: str
    attributes: tuple[str, ...]

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, A) float32, 0 to 1; NaN for attributes it does not judge."""


class Identity(Protocol):
    """Embeds pictures so that those of one person lie close."""

    def embed(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, F) float32."""


class Judges(NamedTuple):
    """first: what strengths are fitted by. second: what was reached is measured by; the first where
    there is no other. identity: whether it is still the same person; None where nobody can tell.
    """

    first: Judge
    second: Judge
    identity: Identity | None = None

    @property
    def two(self) -> bool:
        """Whether they are two."""
        return self.second is not self.first


@cache
def judges() -> Judges:
    """All judges that ship, loaded once. Raises DataError when there is none."""
    from explorer.judge.scorer import scorer  # it imports torch

    return Judges(scorer(), scorer())
