"""Strength as effect: how many times a vector a face needs until it has an attribute.

A judge scores pictures, which takes a decoder; `compose` has a code and no time. So the judge's
logits are learned as a function of the code, once for a run (`python -m explorer effects`), by a
network small enough for numpy: the reader. Along any vector from any code, held by locks or not,
it says where the score tips and where it is as sure as of a typical face with the attribute.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from explorer.recipe.methods import CURVE
from training.codes.partial_effects import PartialEffects
from training.edits.learned_steps import LearnedSteps

FARTHEST = 4.0  # times a vector that is looked along
POINTS = 33  # looked at on the way
AS_WANTED = 1.0  # times a vector at most for a face that is as wanted already: it gets more of it
TIPS_BETWEEN = (0.3, 0.95)  # of the way to strength 1, where strength 0.5 lies on it
BEYOND = 0.5  # strengths beyond 1 go so much slower: they lead away from the faces


class Bounds(NamedTuple):
    """How many times a vector strength 1 goes to where the reader is sure: at least, at most."""

    least: float
    most: float


OF_VECTORS = Bounds(0.5, FARTHEST)
ONCE = 1.0  # times a learned step at least: it was learned to be taken once
# How long it gets at most, in standard deviations of the codes (root of the mean square): before
# `farther`, and unless it is as long by itself. Longer ones break faces.
LONGEST = 0.4


@dataclass(frozen=True, eq=False)
class Reader:
    """A network of two hidden layers (ReLU) from codes in D dimensions to V logits; all float32.

    weights_1: (D, H), weights_2: (H, H), weights_3: (H, V), and biases of what they lead to.
    """

    weights_1: np.ndarray
    bias_1: np.ndarray
    weights_2: np.ndarray
    bias_2: np.ndarray
    weights_3: np.ndarray
    bias_3: np.ndarray

    def logits(self, codes: np.ndarray) -> np.ndarray:
        """What the judge says of the faces of codes: (..., D) -> (..., V) float32."""
        return self._above(codes @ self.weights_1 + self.bias_1)

    def along(self, code: np.ndarray, vector: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The same of code + times * vector, (D,) both: (T,) -> (T, V) float32, in one pass."""
        start, slope = code @ self.weights_1 + self.bias_1, vector @ self.weights_1
        return self._above(start + times[:, None].astype(np.float32) * slope)

    def _above(self, hidden: np.ndarray) -> np.ndarray:
        second = np.maximum(hidden, 0) @ self.weights_2 + self.bias_2
        return np.maximum(second, 0) @ self.weights_3 + self.bias_3


class Reach(NamedTuple):
    """How many times its vector a face needs: to where the score tips, and to where it is sure."""

    tips: float
    sure: float

    def times(self, strength: float) -> float:
        """How many times the vector one strength from 0 up adds: 0.5 tips, 1 is sure."""
        if strength <= 0.5:
            return 2 * strength * self.tips
        if strength <= 1:
            return self.tips + (2 * strength - 1) * (self.sure - self.tips)
        return self.sure * (1 + BEYOND * (strength - 1))


@dataclass(frozen=True, eq=False)
class Effects:
    """What attribute sliders know whose strength is an effect, of V attributes.

    attributes: their names. partial: the curve of vectors, its rows in this order. places: (V,)
    where on it each attribute's elected vector lies, 0 strong to 1 clean. reader: of the judge's
    logits. sure: (V, 2) float32, the reader's logits at strength -1 and 1. farther: (V, 2) float32,
    times that both of these strengths go as far as that, for judges that see less than the reader
    (explorer/judge/fit_farther.py). steps: learned ones,
    where the run has some; by_face: attributes and signs, -1 away and 1 towards, for which they are
    elected in place of the vector.
    """

    attributes: tuple[str, ...]
    partial: PartialEffects
    places: np.ndarray
    reader: Reader
    sure: np.ndarray
    farther: np.ndarray
    steps: LearnedSteps | None = None
    by_face: frozenset[tuple[str, int]] = frozenset()

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Attribute -> its row."""
        return {name: row for row, name in enumerate(self.attributes)}

    def vector(self, name: str, method: str) -> np.ndarray:
        """(D,) float32, of a method of CURVE; what `times` counts."""
        row = self.row_of[name]
        return self.partial.vectors(place(float(self.places[row]), CURVE[method]))[row]

    def toward(self, name: str, method: str, sign: int, code: np.ndarray) -> np.ndarray:
        """(D,) float32: `vector`, or for a face of a code (D,) what takes its place there.

        sign: -1 for a face that is to lose the attribute, else 1; a learned step away points back.
        """
        if self.of_face(name, method, sign):
            return self.learned(name, sign, code)
        return self.vector(name, method)

    def of_face(self, name: str, method: str, sign: int) -> bool:
        """Whether each face has a vector of its own: the learned step. sign: -1 away, else 1."""
        return method == "elected" and (name, sign) in self.by_face

    def of_step(self, step: np.ndarray) -> Bounds:
        """Of a learned step (D,), or what locks leave of it. Needs learned steps."""
        if self.steps is None:
            return OF_VECTORS
        length = np.sqrt(np.square(step / self.steps.weights["spread"]).mean())
        return Bounds(ONCE, float(np.clip(LONGEST / max(length, 1e-9), ONCE, FARTHEST)))

    def learned(self, name: str, sign: int, code: np.ndarray) -> np.ndarray:
        """The learned step of a face of a code (D,), as `toward` says. Raises KeyError."""
        if self.steps is None:
            raise KeyError(name)
        return _learned(self.steps, name, sign, _bytes(code))

    def score(self, name: str, code: np.ndarray) -> float:
        """What the judge would say of the face of a code (D,), 0 to 1, as the reader reads it."""
        return float(1 / (1 + np.exp(-self.reader.logits(code)[self.row_of[name]])))

    def times(
        self,
        name: str,
        strength: float,
        vector: np.ndarray,
        code: np.ndarray,
        own: bool = False,
    ) -> float:
        """How many times a vector (D,) a strength of an attribute adds to a face of a code (D,).

        own: whether it is the face's own, as `of_face` says.
        """
        sign = 1 if strength > 0 else -1
        reach = _reach(self, name, sign, _bytes(vector), _bytes(code), own)
        return sign * reach.times(abs(strength))

    def reach(
        self,
        name: str,
        sign: int,
        vector: np.ndarray,
        code: np.ndarray,
        own: bool = False,
    ) -> Reach:
        """How far along sign * vector from a code the face tips, and how far it is sure.

        The first places where it does; where the score never gets there, the one where it is
        highest. Both within bounds, those of a step where it is the face's `own`; a face that is
        past the tipping point already goes no more than AS_WANTED times the vector. Where judges
        see less, `farther` than where it is sure.
        """
        bounds = self.of_step(vector) if own else OF_VECTORS
        row, side = self.row_of[name], (sign + 1) // 2
        path = np.linspace(0, FARTHEST, POINTS)
        logits = sign * self.reader.along(code, sign * vector, path)[:, row].astype(np.float64)
        wanted = sign * float(self.sure[row, side])
        sure = min(max(first_crossing(path, logits, wanted), bounds.least), bounds.most)
        if logits[0] > 0:
            sure = min(sure, AS_WANTED)
        sure *= float(self.farther[row, side])
        lowest, highest = (share * sure for share in TIPS_BETWEEN)
        return Reach(min(max(first_crossing(path, logits, 0.0), lowest), highest), sure)


@lru_cache(maxsize=1024)
def _learned(steps: LearnedSteps, name: str, sign: int, code: bytes) -> np.ndarray:
    return sign * steps.step(np.frombuffer(code, np.float32), name, sign > 0)


def place(elected: float, choice: float) -> float:
    """The place on the curve of a choice: 0 for 0, the elected one for 0.5, 1 for 1; two lines."""
    if choice <= 0.5:
        return elected * 2 * choice
    return elected + (1 - elected) * (2 * choice - 1)


def first_crossing(path: np.ndarray, values: np.ndarray, level: float) -> float:
    """Where values along a path (T,) first reach a level, on straight lines between its points.

    Where they never do, the place of the highest.
    """
    above = np.flatnonzero(values >= level)
    if not len(above):
        return float(path[values.argmax()])
    k = int(above[0])
    if k == 0:
        return float(path[0])
    share = (level - values[k - 1]) / (values[k] - values[k - 1])
    return float(path[k - 1] + share * (path[k] - path[k - 1]))


def _bytes(values: np.ndarray) -> bytes:
    return np.ascontiguousarray(values, np.float32).tobytes()


@lru_cache(maxsize=1024)  # a recipe is composed for every frame of a drag, and its source stays
def _reach(effects: Effects, name: str, sign: int, vector: bytes, code: bytes, own: bool) -> Reach:
    along, start = (np.frombuffer(values, np.float32) for values in (vector, code))
    return effects.reach(name, sign, along, start, own)
