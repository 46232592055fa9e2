"""Step 11: one face edited by every kind of vector, and where other faces tip along one of them."""

from typing import NamedTuple

import numpy as np

from explorer.derived.vectors import Vectors
from explorer.figures.charts import BLUE, GREY, ORANGE, Figure
from explorer.judge.judges import judges
from explorer.judge.report_card import SCORE_THRESHOLD
from explorer.language.text import _
from explorer.recipe.attributes import attribute_name
from explorer.recipe.methods import CURVE
from explorer.recipe.space import attribute_vector, effects_of, methods_of
from explorer.run.loaded import Loaded

SHOWN = ("mean_difference", "balanced", "elected", "clean")
FARTHEST, POINTS = 3.0, 13  # times the mean difference that faces are led, and faces on the way


class Edited(NamedTuple):
    """One face after one kind of edit. picture: (S, S, 3) uint8. scores: (A,), 0 to 1. times: how
    many times the vector was added.
    """

    picture: np.ndarray
    scores: np.ndarray
    times: float


def judged() -> tuple[str, ...]:
    """Names of the attributes that are judged, in the order of the scores."""
    return judges().second.attributes


def by_methods(
    loaded: Loaded, code: np.ndarray, attribute: str, strength: float
) -> dict[str, Edited]:
    """Method -> the face of a code (D,) edited by it; "" is the face as it is.

    Where the run knows what a face needs, every vector is added as often as that takes, so that all
    methods reach the same; elsewhere each `strength` times.
    """
    space = loaded.run.space
    methods = [method for method in methods_of(space) if method in SHOWN]
    effects = effects_of(space, attribute, "elected")
    times, codes, sign = [0.0], [code], 1 if strength > 0 else -1
    for method in methods:
        vector, _unused = attribute_vector(space, attribute, method, ())
        many = strength
        if effects is not None and strength:
            if method in CURVE:
                vector = effects.toward(attribute, method, sign, code)
            own = effects.of_face(attribute, method, sign)
            many = effects.times(attribute, strength, vector, code, own)
        times.append(many)
        codes.append(code + np.float32(many) * vector)
    pictures = loaded.renderers[-1].decode(np.stack(codes))
    scores = judges().second.scores(pictures)
    found = map(Edited, pictures, scores, times)
    return dict(zip(("", *methods), found, strict=True))


def change_of_others(before: np.ndarray, after: np.ndarray, attribute: str) -> float:
    """Mean absolute change of scores (A,) of all attributes but one, of those that are judged."""
    others = [k for k, name in enumerate(judged()) if name != attribute]
    return float(np.nanmean(np.abs(after - before)[others]))


def shares(vectors: Vectors, attribute: str, other: str) -> tuple[float, float]:
    """The share of faces with an attribute that are labelled with another one, and of all faces."""
    known = vectors.labelled.tolist()
    a, b = known.index(attribute), known.index(other)
    together = vectors.together
    return float(together[a, b] / together[a, a]), float(together[b, b] / vectors.faces)


def along_the_line(
    loaded: Loaded, codes: np.ndarray, attribute: str
) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) that the mean difference is added, and the scores of N codes there: (N, T)."""
    vector = loaded.run.space.vectors[attribute]["mean_difference"]
    times = np.linspace(0, FARTHEST, POINTS)
    ways = codes[:, None] + times[:, None].astype(np.float32) * vector
    pictures = loaded.renderers[-1].decode(ways.reshape(-1, codes.shape[1]))
    column = judged().index(attribute)
    return times, judges().second.scores(pictures)[:, column].reshape(len(codes), -1)


def tipping_points(times: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Where the scores (N, T) of faces first reach SCORE_THRESHOLD: (N,), NaN for those that never
    do and for those that have it from the start.
    """
    found = np.full(len(scores), np.nan)
    for k, of_face in enumerate(scores):
        above = np.flatnonzero(of_face >= SCORE_THRESHOLD)
        if len(above) and above[0]:
            found[k] = np.interp(
                SCORE_THRESHOLD, of_face[above[0] - 1 : above[0] + 1], times[above[0] - 1 :][:2]
            )
    return found


def line_figure(times: np.ndarray, scores: np.ndarray, chosen: int, attribute: str) -> Figure:
    """The score of every face along one line, that of the chosen face in front."""
    about = _("Scores of {attribute} of {scores} faces along one vector.").format(
        attribute=attribute_name(attribute), scores=len(scores)
    )
    made = Figure(about, 300, _("times the mean difference"), _("score, %"))
    for k, of_face in enumerate(scores):
        if k != chosen:
            made.line(times, 100 * of_face, GREY, width=2)
    made.line(times, 100 * scores[chosen], ORANGE, width=4)
    made.rule(50, BLUE, "tips", level=True)
    return made.limit(x=(0, FARTHEST), y=(0, 100))
