"""Similarity transforms of the plane as complex arithmetic: z -> turn * z + shift.

A point is x + iy with y downwards; multiplying by a complex number turns and scales. The numbers
may be Python's or complex tensors of one shape, for many transforms at once.
"""

import cmath
from typing import Any, NamedTuple

Number = Any  # complex, or a complex tensor


class Similarity(NamedTuple):
    """turn: scale * exp(i * angle), clockwise on the screen; shift: in the target's pixels."""

    turn: Number = 1 + 0j
    shift: Number = 0j

    def __call__(self, points: Number) -> Number:
        """Where the points go."""
        return self.turn * points + self.shift

    def after(self, first: "Similarity") -> "Similarity":
        """The transform that does `first`, then this one."""
        return Similarity(self.turn * first.turn, self(first.shift))

    def inverse(self) -> "Similarity":
        """The transform that takes this one back."""
        return Similarity(1 / self.turn, -self.shift / self.turn)

    @property
    def scale(self) -> float:
        """Target pixels per source pixel."""
        return abs(self.turn)

    @property
    def angle(self) -> float:
        """Clockwise on the screen, in radians, -pi to pi."""
        return cmath.phase(self.turn)
