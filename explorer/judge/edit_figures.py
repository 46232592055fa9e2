"""edits.json: what `python -m benchmarks edits` found out about a run's edits, and who wins.

More success brings more change of everything else, so ways to edit are compared at equal success:
the method that changes the others least there is elected for the page, and for each attribute the
place on the curve of vectors (training/codes/partial_effects.py) or the learned steps.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from data.json_text import read_json
from explorer.derived.vectors import Vectors
from explorer.judge.report_card import SCORE_THRESHOLD
from explorer.recipe.methods import FITTED
from training.run.files import write_atomically
from training.run.run_folder import EDITS, RunError, readable, reason

COMPARED_SUCCESS = 0.8  # success at which methods are compared; less where not all of them reach it
LEAST_SUCCESS = 0.2  # an attribute that some method brings to less elects nobody
MOST_FARTHER_OUT = 0.15  # of the faces, more than by the mean difference
PROMISED = 0.9  # success at strength 1 that a method is to have
AS_GOOD = 0.05  # less than the best is as good as it
PRICE_OF_SEX = 0.15  # a face that becomes another sex is as much as this change of all the others
WORST = 3  # attributes that an edit changes most, told by name
WAYS = ("add", "remove")
# What is elected by. A leaf holds these of other faces, too, as "electing": who wins wins partly by
# chance, so winners are told of by faces that did not elect them.
ELECTING = ("success", "leakage", "sex_flips", "far_out", "faces")
SEX = "Male"
LEARNED = "learned"  # called so among the methods: the steps of each face, at strength per face
PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)  # on the curve; 0 is the mean difference

# Figures of one edit of many faces, as `figures_of` gives them.
Leaf = dict[str, Any]
# attribute -> way -> method -> strength -> figures. A place on the curve is a method called as
# `at_place` does, with strength per face; one with locks is called as `title` does.
Figures = dict[str, dict[str, dict[str, dict[str, Leaf]]]]


def figures_of(
    attributes: tuple[str, ...], target: str, adding: bool, before: np.ndarray, after: np.ndarray
) -> Leaf:
    """What one edit of many faces did, rounded.

    before, after: (N, A) scores; the target's are not on the wanted side of SCORE_THRESHOLD before.
    success: share of the faces where they are after. leakage: mean absolute change of the other
    scores; worst: attribute -> that of those that change most. flips: mean number of other
    attributes that change sides (MNAC, Jeanneret et al. 2022). sex_flips: share of the faces where
    Male does; None where it is the target or is not scored.
    """
    column = attributes.index(target)
    reached = (after[:, column] >= SCORE_THRESHOLD) == adding
    change = np.abs(after - before).mean(0)
    crossed = changed_sides(before, after)
    others = np.delete(np.arange(len(attributes)), column)
    worst = others[np.argsort(-change[others], kind="stable")[:WORST]]
    sexes = SEX in attributes and target != SEX
    return {
        "success": round(float(reached.mean()), 3),
        "leakage": round(float(change[others].mean()), 4) if len(others) else 0.0,
        "worst": {attributes[k]: round(float(change[k]), 3) for k in worst},
        "flips": round(float(crossed[:, others].sum(1).mean()), 2),
        "sex_flips": round(float(crossed[:, attributes.index(SEX)].mean()), 3) if sexes else None,
        "faces": len(after),
    }


def changed_sides(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Which scores before and after, of one shape, lie on two sides of SCORE_THRESHOLD: bool."""
    return (after >= SCORE_THRESHOLD) != (before >= SCORE_THRESHOLD)


def correlation_difference(
    changes: np.ndarray, labels: np.ndarray, target: int, others: Iterable[int]
) -> float:
    """How far the changes of an edit go together otherwise than labels do (Jeanneret et al. 2022).

    The mean over the other attributes of the distance between two correlations with the target: of
    changes of scores, (N, A), of faces it was added to and faces it was removed from; and of labels
    (L, A) bool. Where one does not vary its correlation is 0.
    """

    def with_target(values: np.ndarray) -> np.ndarray:
        values = values - values.mean(0)
        length = np.sqrt(np.square(values).sum(0))
        products = values.T @ values[:, target]
        return products / np.maximum(length * length[target], 1e-12)

    rows = list(others)
    apart = np.abs(with_target(changes) - with_target(labels.astype(np.float64)))[rows]
    return float(apart.mean()) if rows else 0.0


def title(method: str, locks: tuple[str, ...]) -> str:
    """ "balanced", or with locks "balanced, Male held"."""
    return f"{method}, {' and '.join(locks)} held" if locks else method


def at_place(place: float) -> str:
    """ "place 0.25": the name of a place on the curve among the methods."""
    return f"place {place:g}"


def at_success(by_strength: Mapping[str, Leaf], level: float, figure: str = "leakage") -> float:
    """Leakage, or another figure that is 0 at strength 0, where success first reaches `level`,
    between strengths as on a straight line.

    NaN where the level is not reached.
    """
    success, at = 0.0, 0.0  # of strength 0
    for strength in sorted(by_strength, key=float):
        more, worse = (by_strength[strength].get(key) or 0.0 for key in ("success", figure))
        if more >= level:
            share = (level - success) / (more - success) if more > success else 1.0
            return at + share * (worse - at)
        success, at = more, worse
    return float("nan")


def both_ways(ways: Mapping[str, Mapping[str, Mapping[str, Leaf]]]) -> dict[str, dict[str, Leaf]]:
    """Method -> strength -> mean success and leakage of one attribute, added and removed; of the
    methods that were judged both ways.
    """
    every = list(ways.values())
    return {
        method: {
            strength: {
                key: float(np.mean([way[method][strength][key] for way in every]))
                for key in ("success", "leakage")
            }
            for strength in by_strength
        }
        for method, by_strength in every[0].items()
        if all(method in way for way in every)
    }


def equal_success(methods: Mapping[str, Mapping[str, Leaf]]) -> float:
    """The success at which methods are compared: COMPARED_SUCCESS, or what all of them reach."""
    reached = [max(leaf["success"] for leaf in of.values()) for of in methods.values()]
    return min(COMPARED_SUCCESS, *reached)


def surely(leaf: Leaf) -> float:
    """Success less one standard error of a share of so many faces, where it says how many."""
    share = float(leaf["success"])
    return share - float(np.sqrt(share * (1 - share) / leaf["faces"])) if "faces" in leaf else share


def elect(ways: Mapping[str, Mapping[str, Mapping[str, Leaf]]], *among: str) -> str | None:
    """The method of strength per face that changes the others least for one attribute, where a
    face that becomes another sex counts for more than one of the others (PRICE_OF_SEX).

    Of the places on the curve and the learned steps, or of `among`; None where there is no curve.
    By the faces that elect, where the figures tell of them apart.
    Each way is compared at the success that the mean difference, place 0, surely reaches there, at
    most COMPARED_SUCCESS. A method is refused that leaks more than the mean difference on average,
    that does not get so far one way, or that leads so many more faces so far out that fewer than a
    few real codes lie there (MOST_FARTHER_OUT), at that success, too. Of the rest, those take part
    that keep what strength 1 promises, either way: PROMISED, or nearly as much as the best.
    """
    ways, plain = _electing(ways), at_place(0)
    if not all(plain in methods for methods in ways.values()) or not ways:
        return None
    levels = {
        way: min(COMPARED_SUCCESS, max(map(surely, methods[plain].values())))
        for way, methods in ways.items()
    }

    def mean(method: str, figure: str) -> float:
        found = (at_success(ways[w].get(method, {}), levels[w], figure) for w in ways)
        return float(np.mean(list(found)))

    def kept(method: str) -> float:
        return float(
            min(of.get(method, {}).get("1", {}).get("success", 0.0) for of in ways.values())
        )

    leaks, farthest = mean(plain, "leakage"), mean(plain, "far_out") + MOST_FARTHER_OUT
    others = among or (*map(at_place, PLACES[1:]), LEARNED)
    fit = [plain] + [
        method
        for method in others
        if mean(method, "leakage") < leaks and mean(method, "far_out") <= farthest
    ]
    promised = min(PROMISED, max(map(kept, fit)) - AS_GOOD)

    def price(method: str) -> float:
        return mean(method, "leakage") + PRICE_OF_SEX * mean(method, "sex_flips")

    return min((m for m in fit if kept(m) >= promised), key=price)


def elect_place(ways: Mapping[str, Mapping[str, Mapping[str, Leaf]]]) -> float | None:
    """The place on the curve that `elect` takes where it has no learned steps."""
    method = elect(ways, *map(at_place, PLACES[1:]))
    return None if method is None else float(method.removeprefix(at_place(0)[:-1]))


def elected(ways: Mapping[str, Mapping[str, Mapping[str, Leaf]]]) -> dict[str, str]:
    """Way -> the method that is elected for it; empty where there is no curve.

    Learned steps where they win that way alone, else the place that both ways have in common.
    """
    if (place := elect_place(ways)) is None:
        return {}
    return {
        way: LEARNED if elect({way: methods}) == LEARNED else at_place(place)
        for way, methods in ways.items()
    }


def _electing(
    ways: Mapping[str, Mapping[str, Mapping[str, Leaf]]],
) -> dict[str, dict[str, dict[str, Leaf]]]:
    """The same with the figures of the faces that elect, where these are others."""
    return {
        way: {
            method: {strength: leaf.get("electing", leaf) for strength, leaf in of.items()}
            for method, of in methods.items()
        }
        for way, methods in ways.items()
    }


def election(figures: Figures) -> dict[str, float]:
    """Method -> its leakage at equal success as a multiple of the mean difference's, best first.

    Of the methods that fitted a vector, and "elected", which is what `elected` takes of each.
    The geometric mean over the attributes that every one of them brings to a success of at least
    LEAST_SUCCESS; the first method is elected. Empty where there is no such attribute.
    """
    ratios: list[dict[str, float]] = []
    for ways in figures.values():
        found = both_ways(ways)
        compared = {method: found[method] for method in FITTED if method in found}
        if chosen := elected(ways):
            both = {way: {"elected": ways[way][method]} for way, method in chosen.items()}
            compared |= both_ways(both)
        if FITTED[0] not in compared:
            continue
        level = equal_success(compared)
        plain = at_success(compared[FITTED[0]], level)
        if level >= LEAST_SUCCESS and plain > 0:
            ratios.append(
                {m: max(at_success(of, level), 1e-4) / plain for m, of in compared.items()}
            )
    if not ratios:
        return {}
    known = [method for method in ratios[0] if all(method in ratio for ratio in ratios)]
    means = {m: float(np.exp(np.mean([np.log(ratio[m]) for ratio in ratios]))) for m in known}
    return dict(sorted(means.items(), key=lambda item: item[1]))


def mean_figures(figures: Figures) -> dict[str, Leaf]:
    """Method -> mean of its figures at strength 1 over all attributes and ways; "elected", too."""
    leaves: dict[str, list[Leaf]] = {}
    for ways in figures.values():
        chosen = elected(ways)
        for way, methods in ways.items():
            for method, by_strength in methods.items():
                if "1" in by_strength and "held" not in method:
                    leaves.setdefault(method, []).append(by_strength["1"])
            if chosen and "1" in methods[chosen[way]]:
                leaves.setdefault("elected", []).append(methods[chosen[way]]["1"])
    return {method: mean_leaf(of) for method, of in leaves.items()}


def mean_leaf(leaves: Iterable[Leaf]) -> Leaf:
    """The mean of each figure that is a number, of the leaves that have it."""
    leaves = list(leaves)
    found: Leaf = {}
    for key in leaves[0]:
        values = [leaf[key] for leaf in leaves if isinstance(leaf.get(key), int | float)]
        if values:
            found[key] = float(np.mean(values))
    return found


@dataclass(frozen=True)
class EditFigures:
    """The figures of a run's edits, `vectors` the key of its vectors.

    by_renderer: of the faces that were judged -> figures. first, second: names of the judges;
    success is what the second says. hidden: attributes that no judge tells at this size, of which
    nothing is claimed. confirmed: what was elected, and the mean difference, at strength 1, of more
    faces, none of which elected it, by the renderer of `figures`.
    """

    by_renderer: dict[str, Figures]
    vectors: str
    first: str
    second: str
    hidden: list[str]
    confirmed: Figures = field(default_factory=dict)

    @property
    def figures(self) -> Figures:
        """Those of the renderer that a new session draws by: the last."""
        return list(self.by_renderer.values())[-1]

    def success(self, attribute: str, method: str) -> float | None:
        """Mean success at strength 1 of adding and removing, None where it was not measured.

        method: of METHODS; a place between two that were judged is the elected one.
        """
        ways = self.figures.get(attribute)
        if not ways:
            return None
        found = both_ways(ways)
        if chosen := elected(ways):
            told = self.confirmed.get(attribute, ways)
            both = {way: {"elected": told[way][by]} for way, by in chosen.items()}
            found |= both_ways(both)
        ends = {"strong": 0.0, "clean": 1.0}
        if method not in FITTED:
            method = at_place(ends[method]) if method in ends else "elected"
        leaf = found.get(method, {}).get("1")
        return None if leaf is None else leaf["success"]


def save_edit_figures(run: Path, found: EditFigures) -> None:
    """Write edits.json."""
    text = json.dumps(vars(found), allow_nan=False, separators=(",", ":")) + "\n"
    write_atomically(run / EDITS, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def load_edit_figures(run: Path, vectors: Vectors) -> EditFigures | None:
    """Read edits.json; None when there is none. Raises RunError for one of other vectors."""
    command = f"EXPLORER_RUN={run} python -m benchmarks edits --write"
    path = run / EDITS
    if not path.is_file():
        return None
    try:
        found = EditFigures(**read_json(path))
    except (ValueError, TypeError) as error:
        raise RunError(readable(path), reason(error), command) from error
    if found.vectors != vectors_key(vectors):
        raise RunError(f"{EDITS} of the vectors in {run}", "figures of others", command)
    return found


def vectors_key(vectors: Vectors) -> str:
    """16 hex digits of the vectors' content."""
    return hashlib.sha256(np.ascontiguousarray(vectors.vectors).tobytes()).hexdigest()[:16]
