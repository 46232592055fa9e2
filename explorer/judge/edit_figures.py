"""edits.json: what `python -m benchmarks edits` found out about a run's vectors, and who wins.

Success is the share of faces whose score of the target crosses 0.5, leakage the mean absolute
change of all other scores. More of one brings more of the other, so methods are compared at equal
success, and the one that leaks least there is elected.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.json_text import read_json
from explorer.derived.vectors import Vectors
from explorer.judge.report_card import SCORE_THRESHOLD
from explorer.recipe.methods import METHODS
from explorer.recipe.renderers import MEAN_RENDERER
from training.run.files import write_atomically
from training.run.run_folder import EDITS, RunError, reason

COMPARED_SUCCESS = 0.8  # success at which methods are compared; less where not all of them reach it
LEAST_SUCCESS = 0.2  # an attribute that some method brings to less elects nobody

# attribute -> method -> strength -> success, leakage, leakage_by (attribute -> mean absolute
# change of its score) and faces; all from 0 to 1 but the last, a number. A method with locks is
# named as `title` does.
Figures = dict[str, dict[str, dict[str, dict[str, Any]]]]


def figures_of(
    attributes: tuple[str, ...], target: str, before: np.ndarray, after: np.ndarray
) -> dict[str, Any]:
    """Success and leakage of one edit of many faces, rounded.

    before, after: (N, A) scores; the target's are below SCORE_THRESHOLD before.
    """
    column = attributes.index(target)
    by = dict(zip(attributes, np.abs(after - before).mean(0).tolist(), strict=True))
    del by[target]
    return {
        "success": round(float((after[:, column] >= SCORE_THRESHOLD).mean()), 3),
        "leakage": round(float(np.mean(list(by.values()))), 4),
        "leakage_by": {name: round(change, 3) for name, change in by.items()},
        "faces": len(after),
    }


def title(method: str, locks: tuple[str, ...]) -> str:
    """ "balanced", or with locks "balanced, Male held"."""
    return f"{method}, {' and '.join(locks)} held" if locks else method


def at_success(by_strength: Mapping[str, Mapping[str, Any]], level: float, by: str = "") -> float:
    """Leakage where success first reaches `level`, between strengths as on a straight line.

    by: the leakage into this attribute instead of the mean. NaN where the level is not reached.
    """
    success, leakage = 0.0, 0.0  # of strength 0
    for strength in sorted(by_strength, key=float):
        figures = by_strength[strength]
        more = figures["success"]
        worse = figures["leakage_by"][by] if by else figures["leakage"]
        if more >= level:
            share = (level - success) / (more - success) if more > success else 1.0
            return leakage + share * (worse - leakage)
        success, leakage = more, worse
    return float("nan")


def equal_success(methods: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> float:
    """The success at which the methods of one attribute are compared.

    It is COMPARED_SUCCESS, or what all reach. Methods with locks do not count.
    """
    reached = [max(f["success"] for f in methods[method].values()) for method in METHODS]
    return min(COMPARED_SUCCESS, *reached)


def election(figures: Figures) -> dict[str, float]:
    """Method -> its leakage at equal success as a multiple of the mean difference's, best first.

    The geometric mean over the attributes that every method brings to a success of at least
    LEAST_SUCCESS; the first method is elected. Empty where there is no such attribute.
    """
    ratios = []
    for methods in figures.values():
        level = equal_success(methods)
        if level >= LEAST_SUCCESS:
            leakage = np.array([at_success(methods[method], level) for method in METHODS])
            ratios.append(np.log(leakage / leakage[METHODS.index("mean_difference")]))
    if not ratios:
        return {}
    means = zip(METHODS, np.exp(np.mean(ratios, 0)).tolist(), strict=True)
    return dict(sorted(means, key=lambda item: item[1]))


@dataclass(frozen=True)
class EditFigures:
    """The figures of a run's vectors, `vectors` their key, `classifier` that of who scored.

    renderer: of the faces that were scored; files of before there was a choice name none.
    """

    figures: Figures
    vectors: str
    classifier: str
    renderer: str = MEAN_RENDERER


def save_edit_figures(run: Path, found: EditFigures) -> None:
    """Write edits.json."""
    text = json.dumps(vars(found), allow_nan=False, separators=(",", ":")) + "\n"
    write_atomically(run / EDITS, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def load_edit_figures(run: Path, vectors: Vectors) -> EditFigures | None:
    """Read edits.json; None when there is none. Raises RunError for one of other vectors."""
    command = "EXPLORER_RUN={run} python -m benchmarks edits --write"
    path = run / EDITS
    if not path.is_file():
        return None
    try:
        found = EditFigures(**read_json(path))
    except (ValueError, TypeError) as error:
        raise RunError(f"a readable {path}", reason(error), command.format(run=run)) from error
    if found.vectors != vectors_key(vectors):
        raise RunError(
            f"{EDITS} of the vectors in {run}", "figures of others", command.format(run=run)
        )
    return found


def vectors_key(vectors: Vectors) -> str:
    """16 hex digits of the vectors' content."""
    return hashlib.sha256(np.ascontiguousarray(vectors.vectors).tobytes()).hexdigest()[:16]
