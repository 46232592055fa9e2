"""A bench on which edits are judged: a run's faces, its edits, and what two judges say of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from explorer.decoding.renderer import Renderer
from explorer.judge.edit_figures import (
    ELECTING,
    LEARNED,
    PLACES,
    SEX,
    WAYS,
    Leaf,
    at_place,
    changed_sides,
    correlation_difference,
    figures_of,
    title,
)
from explorer.judge.judges import Judges
from explorer.judge.report_card import SCORE_THRESHOLD, cosine
from explorer.recipe.locks import hold
from explorer.recipe.methods import FITTED
from explorer.run.run import Run
from training.codes.people import load_people
from training.judges.fooled import may_end_in_a_patch

FACES = 100
COUNTED = (1.0, 2.0)  # strengths that count a vector
EFFECTS = (0.5, 1.0)  # strengths that are effects
HELD = {"Eyeglasses": ("Male",)}  # attribute -> locks with which its vectors are judged, too
BATCH = 64  # faces decoded and scored at once
SEED = 0  # of which faces
RARELY = 0.05  # share of real codes; where fewer are less likely, an edited one is far out


class Plan(NamedTuple):
    """What is judged: attributes (where None those that judges tell at this size), faces each way
    and as many more that elect, methods and places, their strengths, attribute -> locks with which
    it is judged once more, and renderers (all where None).
    """

    attributes: list[str] | None = None
    faces: int = FACES
    methods: tuple[str, ...] = FITTED
    counted: tuple[float, ...] = COUNTED
    places: tuple[float, ...] = PLACES
    effects: tuple[float, ...] = EFFECTS
    held: Mapping[str, tuple[str, ...]] = HELD
    renderers: tuple[str, ...] | None = None


class Bench:
    """A run's validation faces, and what edits make of them as one renderer draws them."""

    def __init__(self, run: Run, renderer: Renderer, by: Judges):
        self._run, self._renderer, self._judges = run, renderer, by
        self._people = load_people(run.root)
        self._likelihoods = np.sort(run.space.mixture.log_density(run.faces.mean))

    def attribute(self, name: str, plan: Plan) -> dict[str, dict[str, dict[str, Leaf]]]:
        """Way -> method -> strength -> figures; ways without a face to judge are missing."""

        def judged() -> Iterator[Judged]:
            for way in WAYS:
                seen = self.faces(name, way == "add", 2 * plan.faces)
                if not len(seen.rows):
                    continue
                for method, strength, steps in self._steps(name, way, seen.rows, plan):
                    leaf, change = self._edited(name, way == "add", seen, steps)
                    yield Judged(way, method, strength, leaf, change)

        return self._gathered(name, judged())

    def once_more(
        self, name: str, methods: Mapping[str, set[str]], elected: Mapping[str, int], count: int
    ) -> dict[str, dict[str, dict[str, Leaf]]]:
        """Way -> method -> "1" -> figures of places on the curve and of learned steps.

        methods: of each way. elected: how many faces elected them there; these are left out.
        """
        places = tuple(
            place for place in PLACES if at_place(place) in set().union(*methods.values())
        )
        plan = Plan(methods=(), places=places, effects=(1.0,), held={})

        def judged() -> Iterator[Judged]:
            for way, of in methods.items():
                seen = self.faces(name, way == "add", count + elected[way])
                before = seen.of(others_than(len(seen.rows), elected[way])[:count])
                for method, strength, steps in self._steps(name, way, before.rows, plan):
                    if method not in of:
                        continue
                    after = self.look(before.rows, steps)
                    leaf = self.leaf(name, way == "add", before, after)
                    yield Judged(way, method, strength, leaf, after.second - before.second)

        return self._gathered(name, judged())

    def faces(self, name: str, adding: bool, count: int) -> "Seen":
        """At most `count` faces, drawn at random, that lack an attribute by label and by the second
        judge, or that have it by both.
        """
        unlike = np.flatnonzero(self._run.faces.label(name) != adding)
        order = np.random.default_rng(SEED).permutation(unlike)
        column = self._judges.second.attributes.index(name)
        parts = [self.look(order[:0])]
        for start in range(0, len(order), BATCH):
            if sum(len(part.rows) for part in parts) >= count:
                break
            seen = self.look(order[start : start + BATCH])
            wanted = (seen.second[:, column] < SCORE_THRESHOLD) == adding
            parts.append(Seen(*(values[wanted] for values in seen)))
        parts = [part for part in parts if len(part.rows)] or parts
        return Seen(*(np.concatenate(of)[:count] for of in zip(*parts, strict=True)))

    def _steps(
        self, name: str, way: str, rows: np.ndarray, plan: Plan
    ) -> Iterator[tuple[str, float, np.ndarray]]:
        """Method, strength, and what it adds to each face (n, D); no learned steps that may end in
        a patch (training/judges/fooled.py).
        """
        space, sign = self._run.space, 1 if way == "add" else -1
        codes = self._run.faces.mean[rows]
        effects = space.effects
        held = plan.held.get(name, ())
        for locks in ((), held) if held else ((),):
            readouts = [space.vectors[lock]["logistic"] for lock in locks]

            def left(vector: np.ndarray, readouts: list[np.ndarray] = readouts) -> np.ndarray:
                return hold(vector, np.stack(readouts))[0] if readouts else vector

            for method in plan.methods:
                vector = left(space.vectors[name][method])
                for strength in plan.counted:
                    yield (
                        title(method, locks),
                        strength,
                        np.tile(sign * strength * vector, (len(codes), 1)),
                    )
            if effects is None or name not in effects.row_of:
                continue
            for place in plan.places:
                vector = left(effects.partial.vectors(place)[effects.row_of[name]])
                for strength in plan.effects:
                    times = [effects.times(name, sign * strength, vector, c) for c in codes]
                    yield title(at_place(place), locks), strength, np.outer(times, vector)
            if effects.steps is None or name not in effects.steps.row_of:
                continue
            if may_end_in_a_patch(name, way == "add"):
                continue
            own = [left(effects.learned(name, sign, code)) for code in codes]
            for strength in plan.effects:
                steps = [
                    effects.times(name, sign * strength, vector, code, own=True) * vector
                    for vector, code in zip(own, codes, strict=True)
                ]
                yield title(LEARNED, locks), strength, np.stack(steps)

    def _edited(
        self, name: str, adding: bool, before: "Seen", steps: np.ndarray
    ) -> tuple[Leaf, np.ndarray]:
        """Figures of one edit of every other face, what the rest elect by, and the changes of the
        former's scores (n, A).
        """
        after = self.look(before.rows, steps)
        told, rest = np.arange(len(before.rows))[::2], electing(len(before.rows))
        leaf = self.leaf(name, adding, before.of(told), after.of(told))
        if len(rest):
            by = self.leaf(name, adding, before.of(rest), after.of(rest))
            leaf["electing"] = {key: by[key] for key in ELECTING}
        return leaf, (after.second - before.second)[told]

    def leaf(self, name: str, adding: bool, before: "Seen", after: "Seen") -> Leaf:
        """Figures of one edit of n faces."""
        leaf = figures_of(self._judges.second.attributes, name, adding, before.second, after.second)
        if name in self._judges.first.attributes:
            column = self._judges.first.attributes.index(name)
            first = (after.first[:, column] >= SCORE_THRESHOLD) == adding
            leaf["success_first"] = round(float(first.mean()), 3)
        leaf["sex_flips_both"] = None if leaf["sex_flips"] is None else self._both(before, after)
        typical = np.searchsorted(self._likelihoods, after.likelihoods) / len(self._likelihoods)
        leaf["typical"] = round(float(np.median(typical)), 3)
        leaf["far_out"] = round(float((typical < RARELY).mean()), 3)
        leaf["identity"] = None
        if before.identity.size:
            alike = cosine(before.identity, after.identity)
            leaf["identity"] = round(float(np.median(alike)), 3)
        return leaf

    def _both(self, before: "Seen", after: "Seen") -> float | None:
        """Share of the faces whose sex flips by both judges, where both tell it: one alone takes
        many a face for the other sex as it is drawn anew.
        """
        told = (self._judges.first.attributes, self._judges.second.attributes)
        if not all(SEX in attributes for attributes in told):
            return None
        first, second = (attributes.index(SEX) for attributes in told)
        by_first = changed_sides(before.first[:, first], after.first[:, first])
        by_second = changed_sides(before.second[:, second], after.second[:, second])
        return round(float((by_first & by_second).mean()), 3)

    def _gathered(
        self, name: str, judged: Iterable["Judged"]
    ) -> dict[str, dict[str, dict[str, Leaf]]]:
        """Way -> method -> strength -> figures, with the correlation difference of each edit, both
        ways taken together.
        """
        found: dict[str, dict[str, dict[str, Leaf]]] = {}
        changes: dict[tuple[str, str], list[np.ndarray]] = {}
        for way, method, strength, leaf, change in judged:
            found.setdefault(way, {}).setdefault(method, {})[f"{strength:g}"] = leaf
            changes.setdefault((method, f"{strength:g}"), []).append(change)
        attributes = self._judges.second.attributes
        labelled = [a for a in attributes if a in self._run.faces.attributes]
        columns = [attributes.index(a) for a in labelled]
        labels = np.stack([self._run.faces.label(a) for a in labelled], 1)
        target = labelled.index(name)
        others = [k for k in range(len(labelled)) if k != target]
        for (edit, amount), parts in changes.items():
            apart = correlation_difference(
                np.concatenate(parts)[:, columns], labels, target, others
            )
            for methods in found.values():
                if edit in methods:
                    methods[edit][amount]["correlation_difference"] = round(apart, 3)
        return found

    def look(self, rows: np.ndarray, steps: np.ndarray | None = None) -> "Seen":
        """What is seen of faces (n,), as they are or after steps (n, D)."""
        codes = self._run.faces.mean[rows]
        if steps is not None:
            codes = (codes + steps).astype(np.float32)
        by, size = self._judges, len(self._judges.second.attributes)
        first = [np.zeros((0, len(by.first.attributes)), np.float32)]
        second = [np.zeros((0, size), np.float32)]
        for start in range(0, len(codes), BATCH):
            faces = self._renderer.decode(codes[start : start + BATCH])
            second.append(by.second.scores(faces))
            first.append(by.first.scores(faces) if by.two else second[-1])
        return Seen(
            rows,
            np.concatenate(first),
            np.concatenate(second),
            np.zeros((len(rows), 0)) if self._people is None else self._people.embed(codes),
            self._run.space.mixture.log_density(codes) if len(codes) else np.zeros(0),
        )


def electing(count: int) -> np.ndarray:
    """Which of so many faces elect, in the order in which they are drawn."""
    return np.arange(count)[1::2]


def others_than(count: int, elected: int) -> np.ndarray:
    """Which of so many faces did not elect where `elected` of the first ones did."""
    return np.setdiff1d(np.arange(count), electing(2 * elected))


class Judged(NamedTuple):
    """One edit of n faces: its figures, and the changes of the second judge's scores (n, A)."""

    way: str
    method: str
    strength: float
    leaf: Leaf
    change: np.ndarray


class Seen(NamedTuple):
    """What is seen of n faces: their rows, the scores of both judges (n, A), embeddings (n, P) of
    their codes, P being 0 where nothing tells people apart, and log densities of their codes (n,).
    """

    rows: np.ndarray
    first: np.ndarray
    second: np.ndarray
    identity: np.ndarray
    likelihoods: np.ndarray

    def of(self, which: np.ndarray) -> "Seen":
        """Some of the faces."""
        return Seen(*(values[which] for values in self))
