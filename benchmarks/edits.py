"""What edits do: every attribute added by every method to faces without it, and judged.

The classifier of attributes scores the faces before and after, as one renderer draws them;
explorer/judge/edit_figures.py says what success and leakage are and how a method is elected.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from explorer.decoding.renderer import Renderer
from explorer.derived.vectors import set_default_method
from explorer.judge.edit_figures import (
    EditFigures,
    Figures,
    at_success,
    election,
    equal_success,
    figures_of,
    save_edit_figures,
    title,
    vectors_key,
)
from explorer.judge.report_card import SCORE_THRESHOLD
from explorer.judge.scorer import Scorer
from explorer.recipe.attributes import attribute_name
from explorer.recipe.methods import METHODS
from explorer.recipe.renderers import MEAN_RENDERER, RENDERERS
from explorer.recipe.space import attribute_vector
from explorer.run.loaded import open_run
from explorer.run.run import Run
from training.judge.attribute_network import CLASSIFIER

STRENGTHS = (0.5, 1.0, 1.5, 2.0, 2.5)
FACES = 500
HELD = {"Eyeglasses": ("Male",)}  # attribute -> locks with which its vectors are judged, too
BATCH = 64  # faces decoded and scored at once
SEED = 0  # of which faces


def edits(
    root: Path,
    faces: int = FACES,
    attributes: list[str] | None = None,
    held: Mapping[str, tuple[str, ...]] = HELD,
    write: bool = False,
    renderer: str = MEAN_RENDERER,
) -> tuple[list[str], Figures]:
    """Judge the edits of a run: lines for people, and figures as in edits.json.

    attributes: all that have a vector and a score where None. held: attribute -> locks with which
    its vectors are judged once more. write: into the run folder, with the elected method as the
    default of its vectors; needs all attributes. renderer: of RENDERERS, whose faces are judged.
    Raises RunError, DataError, and ValueError for an attribute without a vector or a score, or
    without faces that lack it.
    """
    loaded, scorer = open_run(root), Scorer()
    run = loaded.run
    if renderer not in run.renderers:
        raise ValueError(
            f"expected: one of the renderers of {root}\nfound: {renderer}\n"
            f"next: choose among {', '.join(run.renderers)}"
        )
    known = [name for name in scorer.attributes if name in run.space.vectors]
    asked = known if attributes is None else attributes
    locks = {lock for name in asked for lock in held.get(name, ())}
    if unknown := {*asked, *locks} - {*known}:
        raise ValueError(
            f"expected: attributes with a vector and a score in {root}\n"
            f"found: {', '.join(sorted(unknown))}\nnext: choose among {', '.join(known)}"
        )
    judge = Judge(run, loaded.named(renderer), scorer)
    figures: Figures = {}
    with tqdm(asked, unit="attribute", dynamic_ncols=True) as bar:
        for name in bar:
            bar.set_postfix_str(attribute_name(name))
            figures[name] = judge.methods(name, faces, held.get(name, ()))
    if write and attributes is None:
        classifier = hashlib.sha256(CLASSIFIER.read_bytes()).hexdigest()[:16]
        save_edit_figures(
            root, EditFigures(figures, vectors_key(run.vectors), classifier, renderer)
        )
        if elected := next(iter(election(figures)), None):
            set_default_method(root, elected)
    return [*lines(figures), f"judged as {RENDERERS[renderer].told} draws them"], figures


class Judge:
    """A run's validation faces and what edits make of them; each is scored once before any edit."""

    def __init__(self, run: Run, renderer: Renderer, scorer: Scorer):
        self._run, self._renderer, self._scorer = run, renderer, scorer
        self._before = np.full((len(run.faces), len(scorer.attributes)), np.nan, np.float32)

    def methods(
        self, name: str, faces: int, locks: tuple[str, ...] = ()
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """Method -> strength -> figures of one attribute, the methods with locks last."""
        rows = self.without(name, faces)
        found = {}
        for held in ((), locks) if locks else ((),):
            for method in METHODS:
                vector, _ = attribute_vector(self._run.space, name, method, held)
                found[title(method, held)] = {
                    f"{strength:g}": self._edited(name, rows, strength * vector)
                    for strength in STRENGTHS
                }
        return found

    def without(self, name: str, faces: int) -> np.ndarray:
        """Rows of at most `faces` faces, drawn at random, that have neither label nor score.

        The same for every method and strength. Raises ValueError when there are none.
        """
        unlabelled = np.flatnonzero(~self._run.faces.label(name))
        order = np.random.default_rng(SEED).permutation(unlabelled)
        column = self._scorer.attributes.index(name)
        found = np.zeros(0, np.int64)
        for part in np.split(order, range(BATCH, len(order), BATCH)):
            found = np.append(found, part[self._scored(part)[:, column] < SCORE_THRESHOLD])
            if len(found) >= faces:
                break
        if not len(found):
            raise ValueError(f"expected validation faces without {name}; found none")
        return np.sort(found[:faces])

    def _edited(self, name: str, rows: np.ndarray, step: np.ndarray) -> dict[str, Any]:
        after = self._scores(self._run.faces.mean[rows] + step)
        return figures_of(self._scorer.attributes, name, self._scored(rows), after)

    def _scored(self, rows: np.ndarray) -> np.ndarray:
        """(n, 40) scores of faces before any edit."""
        new = rows[np.isnan(self._before[rows, 0])]
        self._before[new] = self._scores(self._run.faces.mean[new])
        return self._before[rows]

    def _scores(self, codes: np.ndarray) -> np.ndarray:
        """(N, D) -> (N, 40)"""
        parts = np.split(codes, range(BATCH, len(codes), BATCH))
        return np.concatenate([self._scorer.scores(self._renderer.decode(p)) for p in parts])


def lines(figures: Figures) -> list[str]:
    """The table for people: success and leakage of every method, and who is elected."""
    told = []
    for name, methods in figures.items():
        level = equal_success(methods)
        faces = next(iter(methods["mean_difference"].values()))["faces"]
        told.append(f"{attribute_name(name)}, added to {faces} faces without it")
        for method, by_strength in methods.items():
            each = "  ".join(
                f"{strength}: {f['success']:4.0%} {f['leakage']:.3f}"
                for strength, f in by_strength.items()
            )
            leakage = at_success(by_strength, level)
            told.append(f"  {method:27} {each}  at {level:.0%}: {leakage:.3f}")
    told.append("strength: success, leakage; at equal success: leakage")
    ratios = ", ".join(f"{method} {ratio:.2f}" for method, ratio in election(figures).items())
    told.append(f"leakage at equal success, as multiples of the mean difference's: {ratios}")
    return told
