"""The report card of an edit: what it did to all 40 attributes, and what it cost.

Judges score the face before and after, as pictures: what was reached is what the second one says,
who had no part in the edit (explorer/judge/judges.py).
Three more questions are asked of the new face: is its code likely, is it still near the face it
came from, and what changed that was not asked for. Numpy only; the networks are run by the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.decoding.renderer import Renderer
from explorer.judge.familiar import known_likelihoods
from explorer.judge.judges import Judge, Judges
from explorer.language.text import N_, _
from explorer.recipe.attributes import attribute_name
from explorer.run.run import Run

if TYPE_CHECKING:  # it imports torch
    from explorer.judge.scorer import Scorer

SCORE_THRESHOLD = 0.5  # the score from which an attribute counts as there
LEAST_CHANGE = 0.05  # smallest change of a score that a line tells
MOST_SIDE_EFFECTS = 5  # told by name
REFERENCE_FACES = 512  # validation faces whose pairs say how alike different faces are
COSINE_NOTE = N_("features of the attribute classifier, not an identity embedding")


@dataclass(frozen=True, eq=False)
class Reference:
    """What is usual, of the run's validation faces.

    likelihoods: (N,) log density of their codes under the run's mixture, ascending.
    pairs: (P,) cosines of the features of pairs of different faces, ascending.
    """

    likelihoods: np.ndarray
    pairs: np.ndarray


class Opinion(NamedTuple):
    """What another judge says. judge: its name. scores: target -> its score before and after."""

    judge: str
    scores: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class EditReport:
    """What one edit did. Scores are probabilities in [0, 1]; changes are differences of them.

    attributes: (A,) names. before, after: (A,) scores. targets: attribute -> strength that was
    asked for; its sign is the direction.
    likely_before, likely: share of validation codes that are less likely, 0 to 1.
    cosine: of the classifier's features before and after. alike: share of pairs of different
    validation faces that are less alike than these two, 0 to 1; the same face has 1.
    judge: whose scores these are. other: what the judge says that strengths were fitted by, where
    it is another one.
    """

    attributes: tuple[str, ...]
    before: np.ndarray
    after: np.ndarray
    targets: Mapping[str, float]
    likely_before: float
    likely: float
    cosine: float
    alike: float
    judge: str = ""
    other: Opinion | None = None

    @property
    def change(self) -> np.ndarray:
        """(A,) after minus before."""
        return self.after - self.before

    @property
    def changes(self) -> list[tuple[str, float, float]]:
        """(attribute, before, after) of all, largest change first."""
        order = np.argsort(-np.abs(self.change), kind="stable")
        return [(self.attributes[k], float(self.before[k]), float(self.after[k])) for k in order]

    @property
    def success(self) -> dict[str, bool]:
        """Whether each target is on the side of SCORE_THRESHOLD that was asked for."""
        return {
            name: bool(self._score(self.after, name) >= SCORE_THRESHOLD) == (strength > 0)
            for name, strength in self.targets.items()
        }

    @property
    def progress(self) -> dict[str, float]:
        """Change of each target's score in the direction that was asked for."""
        return {
            name: float(np.sign(strength) * self._score(self.change, name))
            for name, strength in self.targets.items()
        }

    @property
    def leakage(self) -> float:
        """Mean absolute change of the scores of all attributes that are no target."""
        return leakage(self.change, [self.attributes.index(name) for name in self.targets])

    @property
    def side_effects(self) -> list[tuple[str, float, float]]:
        """`changes` without the targets, those of at least LEAST_CHANGE."""
        return [
            (name, before, after)
            for name, before, after in self.changes
            if name not in self.targets and abs(after - before) >= LEAST_CHANGE
        ]

    @property
    def lines(self) -> list[str]:
        """The report as plain sentences."""
        told = [self._target_line(name) for name in self.targets]
        told += self._agreement
        told.append(
            _("Leakage: the other scores change by {points} on average.").format(
                points=_points(self.leakage)
            )
        )
        effects = [
            f"{attribute_name(name)} {_percent(before)} → {_percent(after)}"
            for name, before, after in self.side_effects
        ]
        if effects:
            left_out = len(effects) - MOST_SIDE_EFFECTS
            more = _(", and {left_out} more").format(left_out=left_out) if left_out > 0 else ""
            told.append(
                _("Not asked for: {effects}{more}.").format(
                    effects=", ".join(effects[:MOST_SIDE_EFFECTS]), more=more
                )
            )
        told.append(
            _(
                "How typical: {likely:.0%} of the validation faces have a less likely code "
                "(before the edit: {likely_before:.0%})."
            ).format(likely=self.likely, likely_before=self.likely_before)
        )
        told.append(
            _(
                "How near to the original: more alike than {alike:.1%} of pairs of different "
                "faces (cosine {cosine:.2f}; {note})."
            ).format(alike=self.alike, cosine=self.cosine, note=_(COSINE_NOTE))
        )
        return told

    @property
    def _agreement(self) -> list[str]:
        """Whether both judges say the same of the targets, where there are two."""
        if self.other is None or not self.other.scores:
            return []
        apart = []
        for name, (before, after) in self.other.scores.items():
            reached = (after >= SCORE_THRESHOLD) == (self.targets[name] > 0)
            if reached != self.success[name]:
                says = _("reached") if reached else _("not reached")
                apart.append(
                    _(
                        "The judges disagree on {name}: {judge} sees {before} → {after}, {says}."
                    ).format(
                        name=attribute_name(name),
                        judge=_(self.other.judge),
                        before=_percent(before),
                        after=_percent(after),
                        says=says,
                    )
                )
        return apart or [
            _("Both judges say so: {judge} and {other}.").format(
                judge=_(self.judge), other=_(self.other.judge)
            )
        ]

    def _score(self, values: np.ndarray, name: str) -> float:
        return float(values[self.attributes.index(name)])

    def _target_line(self, name: str) -> str:
        wanted = _("with") if self.targets[name] > 0 else _("without")
        reached = _("reached") if self.success[name] else _("not reached")
        before, after = (_percent(self._score(v, name)) for v in (self.before, self.after))
        return _("Target {name} ({wanted}): {before} → {after}, {reached}.").format(
            name=attribute_name(name), wanted=wanted, before=before, after=after, reached=reached
        )


def leakage(change: np.ndarray, targets: list[int]) -> float:
    """Mean absolute change (..., A) over all attributes but the targets; 0 when none is left."""
    others = np.delete(np.abs(change), targets, axis=-1)
    return float(others.mean()) if others.size else 0.0


def edit_report(
    reference: Reference,
    attributes: tuple[str, ...],
    scores: np.ndarray,
    features: np.ndarray,
    likelihoods: np.ndarray,
    targets: Mapping[str, float],
) -> EditReport:
    """The report of one edit; the first row of every array is before, the second after.

    scores: (2, A). features: (2, F). likelihoods: (2,) log densities of the codes.
    Targets that the classifier does not know, and those of strength 0, are left out.
    """
    likely = np.searchsorted(reference.likelihoods, likelihoods) / len(reference.likelihoods)
    similarity = float(cosine(*features))
    return EditReport(
        attributes=attributes,
        before=scores[0],
        after=scores[1],
        targets={k: v for k, v in targets.items() if k in attributes and v != 0},
        likely_before=float(likely[0]),
        likely=float(likely[1]),
        cosine=similarity,
        alike=float((reference.pairs < similarity).mean()),
    )


def judge_edit(
    run: Run,
    renderer: Renderer,
    scorer: "Scorer",
    codes: np.ndarray,
    targets: Mapping[str, float],
    by: Judges | None = None,
) -> EditReport:
    """Decode, score and report an edit. codes: (2, D), before and after. renderer: whose pictures
    are judged, and whose make up what is usual. by: whose scores are told; those of the scorer
    where None, and of attributes that the second judge does not judge.
    """
    pictures = renderer.decode(codes)
    seen = scorer.look(pictures)
    likelihoods = run.space.mixture.log_density(codes)
    usual = reference(run, renderer, scorer)
    scores, name = seen.scores, scorer.name
    if by is not None and by.second is not scorer:
        scores, name = scores_of(by.second, pictures, scorer.attributes, scores), by.second.name
    report = edit_report(usual, scorer.attributes, scores, seen.features, likelihoods, targets)
    report = replace(report, judge=name)
    if by is None or not by.two:
        return report
    first = scores_of(by.first, pictures, scorer.attributes, np.full_like(scores, np.nan))
    said = {t: first[:, scorer.attributes.index(t)] for t in report.targets}
    opinions = {t: (float(b), float(a)) for t, (b, a) in said.items() if np.isfinite([b, a]).all()}
    return replace(report, other=Opinion(by.first.name, opinions))


def scores_of(
    judge: Judge, pictures: np.ndarray, attributes: tuple[str, ...], otherwise: np.ndarray
) -> np.ndarray:
    """(B, A) scores of a judge in the order of `attributes`; `otherwise` where it has none."""
    known = judge.scores(pictures)
    found = otherwise.copy()
    for column, name in enumerate(judge.attributes):
        if name in attributes:
            k = attributes.index(name)
            found[:, k] = np.where(np.isfinite(known[:, column]), known[:, column], found[:, k])
    return found


@lru_cache(maxsize=4)  # two runs, two renderers each
def reference(run: Run, renderer: Renderer, scorer: "Scorer") -> Reference:
    """What is usual in a run as drawn by a renderer; made once, in about two seconds.

    Pairs are made of at most REFERENCE_FACES validation faces, evenly spread in the run's order.
    """
    rows = np.unique(np.linspace(0, len(run.faces) - 1, REFERENCE_FACES).round().astype(int))
    features = scorer.look(renderer.decode(run.faces.mean[rows])).features
    return Reference(np.sort(known_likelihoods(run)), pair_cosines(features))


def pair_cosines(features: np.ndarray) -> np.ndarray:
    """Cosines of all pairs of different rows (N, F): (N (N - 1) / 2,), ascending."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return np.sort((unit @ unit.T)[np.triu_indices(len(unit), 1)])


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of the angle between (..., F) and (..., F): (...); 0 where one has no length."""
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return (a * b).sum(-1) / np.maximum(lengths, 1e-12)


def _percent(score: float) -> str:
    return f"{score:.0%}"


def _points(change: float) -> str:
    return _("{change:.1f} percentage points").format(change=100 * change)
