"""What edits do: attributes added to faces without them and removed from faces with them, judged.

Every method that fitted a vector at its own strengths, and every place on the curve of vectors at
strengths that are effects, by each renderer of a run. The judges score the faces before and after;
explorer/judge/edit_figures.py says what is counted and how methods and places are elected: by
figures of other faces than those that are told of.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from explorer.decoding.renderer import Renderer
from explorer.derived.effects_file import set_elected
from explorer.derived.vectors import set_default_method
from explorer.judge.edit_figures import (
    ELECTING,
    LEARNED,
    PLACES,
    WAYS,
    EditFigures,
    Figures,
    Leaf,
    at_place,
    correlation_difference,
    elect_place,
    elected,
    election,
    figures_of,
    mean_figures,
    save_edit_figures,
    title,
    vectors_key,
)
from explorer.judge.judges import Judges, judges
from explorer.judge.report_card import SCORE_THRESHOLD, cosine
from explorer.judge.unseen import unseen
from explorer.recipe.attributes import attribute_name
from explorer.recipe.effects import LEARNED as ONCE
from explorer.recipe.locks import hold
from explorer.recipe.methods import FITTED
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import open_run
from explorer.run.run import Run
from training.codes.people import load_people

FACES = 100
COUNTED = (1.0, 2.0)  # strengths that count a vector
EFFECTS = (0.5, 1.0)  # strengths that are effects
HELD = {"Eyeglasses": ("Male",)}  # attribute -> locks with which its vectors are judged, too
BATCH = 64  # faces decoded and scored at once
SEED = 0  # of which faces
RARELY = 0.05  # share of real codes; where fewer are less likely, an edited one is far out
# --quick: a look at ten attributes that everybody knows.
QUICK = "Male Young Bald Mustache Blond_Hair Gray_Hair Eyeglasses Wearing_Hat Smiling Bangs"
QUICK_FACES = 30  # each way
QUICK_METHODS = (FITTED[0],)
QUICK_PLACES = (0.0, 0.5, 1.0)


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


def quick(run: Run) -> Plan:
    """The plan of --quick, by the run's last renderer."""
    known = [name for name in QUICK.split() if name in run.space.vectors]
    return Plan(
        known,
        QUICK_FACES,
        QUICK_METHODS,
        (1.0,),
        QUICK_PLACES,
        (1.0,),
        held={},
        renderers=run.renderers[-1:],
    )


def edits(
    root: Path, plan: Plan | None = None, write: bool = False, chosen: Judges | None = None
) -> tuple[list[str], dict[str, Any]]:
    """Judge the edits of a run: lines for people, and the figures as in edits.json.

    plan: that of --quick where None. write: keep the figures in the run folder and let the elected
    method be the default, the elected places those of the effects. chosen: judges, those that ship
    where None. Raises RunError, DataError, and ValueError for what cannot be judged.
    """
    loaded, by = open_run(root), judges() if chosen is None else chosen
    run = loaded.run
    plan = quick(run) if plan is None else plan
    known = [name for name in by.second.attributes if name in run.space.vectors]
    hidden = unseen(known)
    seen = [name for name in known if name not in hidden]
    asked = seen if plan.attributes is None else plan.attributes
    renderers = run.renderers if plan.renderers is None else plan.renderers
    locks = {lock for name in asked for lock in plan.held.get(name, ())}
    for what, found, choice in (
        ("attributes with a vector and a score", {*asked, *locks}, known),
        ("renderers", {*renderers}, run.renderers),
    ):
        if unknown := found - {*choice}:
            raise ValueError(
                f"expected: {what} of {root}\nfound: {', '.join(sorted(unknown))}\n"
                f"next: choose among {', '.join(choice)}"
            )
    by_renderer: dict[str, Figures] = {}
    for renderer in renderers:
        bench = Bench(run, loaded.named(renderer), by)
        with tqdm(asked, unit="attribute", desc=renderer, dynamic_ncols=True) as bar:
            judged = {name: bench.attribute(name, plan) for name in bar}
        by_renderer[renderer] = {name: ways for name, ways in judged.items() if ways}
    made = EditFigures(
        by_renderer,
        vectors_key(run.vectors),
        by.first.name,
        by.second.name,
        sorted(hidden),
    )
    if write:
        save_edit_figures(root, made)
        elect_all(root, run, made.figures)
    return lines(made), vars(made)


def elect_all(root: Path, run: Run, figures: Figures) -> None:
    """Make what the figures elect the default of a run folder."""
    places = {name: elect_place(ways) for name, ways in figures.items()}
    known = {name: place for name, place in places.items() if place is not None}
    by_face = {
        (name, 1 if way == "add" else -1)
        for name, ways in figures.items()
        for way, method in elected(ways).items()
        if method == LEARNED
    }
    if run.space.effects is not None:
        set_elected(root, run.vectors, known, by_face)
    if default := next(iter(election(figures)), None):
        set_default_method(root, default)


class Bench:
    """A run's validation faces, and what edits make of them as one renderer draws them."""

    def __init__(self, run: Run, renderer: Renderer, by: Judges):
        self._run, self._renderer, self._judges = run, renderer, by
        self._people = load_people(run.root)
        self._likelihoods = np.sort(run.space.mixture.log_density(run.faces.mean))

    def attribute(self, name: str, plan: Plan) -> dict[str, dict[str, dict[str, Leaf]]]:
        """Way -> method -> strength -> figures; ways without a face to judge are missing."""
        found: dict[str, dict[str, dict[str, Leaf]]] = {}
        changes: dict[tuple[str, str], list[np.ndarray]] = {}
        for way in WAYS:
            seen = self.faces(name, way == "add", 2 * plan.faces)
            if not len(seen.rows):
                continue
            found[way] = {}
            for method, strength, steps in self._steps(name, way, seen.rows, plan):
                leaf, change = self._edited(name, way == "add", seen, steps)
                found[way].setdefault(method, {})[f"{strength:g}"] = leaf
                changes.setdefault((method, f"{strength:g}"), []).append(change)
        self._add_correlations(name, found, changes)
        return found

    def faces(self, name: str, adding: bool, count: int) -> "Seen":
        """At most `count` faces, drawn at random, that lack an attribute by label and by the second
        judge, or that have it by both.
        """
        unlike = np.flatnonzero(self._run.faces.label(name) != adding)
        order = np.random.default_rng(SEED).permutation(unlike)
        column = self._judges.second.attributes.index(name)
        parts = [self._look(order[:0])]
        for start in range(0, len(order), BATCH):
            if sum(len(part.rows) for part in parts) >= count:
                break
            seen = self._look(order[start : start + BATCH])
            wanted = (seen.second[:, column] < SCORE_THRESHOLD) == adding
            parts.append(Seen(*(values[wanted] for values in seen)))
        parts = [part for part in parts if len(part.rows)] or parts
        return Seen(*(np.concatenate(of)[:count] for of in zip(*parts, strict=True)))

    def _steps(
        self, name: str, way: str, rows: np.ndarray, plan: Plan
    ) -> Iterator[tuple[str, float, np.ndarray]]:
        """Method, strength, and what it adds to each face (n, D)."""
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
            own = [left(effects.learned(name, sign, code)) for code in codes]
            for strength in plan.effects:
                steps = [
                    effects.times(name, sign * strength, vector, code, ONCE) * vector
                    for vector, code in zip(own, codes, strict=True)
                ]
                yield title(LEARNED, locks), strength, np.stack(steps)

    def _edited(
        self, name: str, adding: bool, before: "Seen", steps: np.ndarray
    ) -> tuple[Leaf, np.ndarray]:
        """Figures of one edit of every other face, what the rest elect by, and the changes of the
        former's scores (n, A).
        """
        after = self._look(before.rows, steps)
        every = np.arange(len(before.rows))
        told, rest = every[::2], every[1::2]
        leaf = self._leaf(name, adding, before.of(told), after.of(told))
        if len(rest):
            electing = self._leaf(name, adding, before.of(rest), after.of(rest))
            leaf["electing"] = {key: electing[key] for key in ELECTING}
        return leaf, (after.second - before.second)[told]

    def _leaf(self, name: str, adding: bool, before: "Seen", after: "Seen") -> Leaf:
        leaf = figures_of(self._judges.second.attributes, name, adding, before.second, after.second)
        if name in self._judges.first.attributes:
            column = self._judges.first.attributes.index(name)
            first = (after.first[:, column] >= SCORE_THRESHOLD) == adding
            leaf["success_first"] = round(float(first.mean()), 3)
        typical = np.searchsorted(self._likelihoods, after.likelihoods) / len(self._likelihoods)
        leaf["typical"] = round(float(np.median(typical)), 3)
        leaf["far_out"] = round(float((typical < RARELY).mean()), 3)
        leaf["identity"] = None
        if before.identity.size:
            alike = cosine(before.identity, after.identity)
            leaf["identity"] = round(float(np.median(alike)), 3)
        return leaf

    def _add_correlations(
        self,
        name: str,
        found: dict[str, dict[str, dict[str, Leaf]]],
        changes: Mapping[tuple[str, str], list[np.ndarray]],
    ) -> None:
        """Give every leaf the correlation difference of its edit, both ways taken together."""
        attributes = self._judges.second.attributes
        labelled = [a for a in attributes if a in self._run.faces.attributes]
        columns = [attributes.index(a) for a in labelled]
        labels = np.stack([self._run.faces.label(a) for a in labelled], 1)
        target = labelled.index(name)
        others = [k for k in range(len(labelled)) if k != target]
        for (method, strength), parts in changes.items():
            apart = correlation_difference(
                np.concatenate(parts)[:, columns], labels, target, others
            )
            for way in found.values():
                way[method][strength]["correlation_difference"] = round(apart, 3)

    def _look(self, rows: np.ndarray, steps: np.ndarray | None = None) -> "Seen":
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


def lines(made: EditFigures) -> list[str]:
    """The table for people: what every method does at strength 1, added and removed."""
    told = []
    for renderer, figures in made.by_renderer.items():
        told.append(
            f"{RENDERERS[renderer].told}: success by {made.second}"
            + (f" ({made.first})" if made.first != made.second else "")
            + ", sex flips, change of the others, flips, correlation difference, identity, "
            "typicality (far out)"
        )
        for name, ways in figures.items():
            chosen_by = elected(ways)
            note = " (hardly visible at this size)" if name in made.hidden else ""
            chosen = "; ".join(("", *(f"{way}: {method}" for way, method in chosen_by.items())))
            told.append(f"{attribute_name(name)}{note}{chosen}")
            for way, methods in ways.items():
                for method, by_strength in methods.items():
                    if "1" in by_strength:
                        told.append(f"  {way:6} {method:28} {_told(by_strength['1'])}")
        told.append(f"mean of {len(figures)} attributes, added and removed")
        told += [f"  {method:35} {_told(leaf)}" for method, leaf in mean_figures(figures).items()]
        ratios = ", ".join(f"{method} {ratio:.2f}" for method, ratio in election(figures).items())
        told.append(f"leakage at equal success, as multiples of the mean difference's: {ratios}")
    return told


def _told(leaf: Leaf) -> str:
    first, sex, identity = (leaf.get(key) for key in ("success_first", "sex_flips", "identity"))
    return "  ".join(
        (
            f"{leaf['success']:4.0%}" + (f" ({first:4.0%})" if first is not None else ""),
            "   -" if sex is None else f"{sex:4.0%}",
            f"{leaf['leakage']:.3f}",
            f"{leaf['flips']:4.1f}",
            f"{leaf['correlation_difference']:.2f}",
            "   -" if identity is None else f"{identity:.2f}",
            f"{leaf['typical']:.2f} ({leaf['far_out']:.0%})",
        )
    )
