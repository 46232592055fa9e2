"""Weights under which sex, age and other labels tell nothing about an attribute.

Hardly any woman of CelebA has a mustache, so a network learns to read a mustache off the lips of a
man. It has no reason to where, among the faces that count, as many with the attribute as without it
are men. Overlap weights (Li, Morgan & Zaslavsky 2018) do that: with e the probability of the
attribute by a logistic regression on the other labels, a face with it counts 1 - e and one without
it e. The weighted means of every label in the regression are then exactly equal in both classes,
and the classes weigh the same (theorem 3 there). No weight is above 1, and the faces count most
that could well be either.
"""

import numpy as np

from data import ATTRIBUTES
from training.judges.places import PLACE_OF, WHOLE

ALWAYS = ("Male", "Young")  # the attributes that most others go along with
CORRELATED = 0.25  # absolute correlation from which another label is balanced, too
WEAK = 1e4  # inverse ridge of the regression: hardly any


def balanced_labels(labels: np.ndarray, attribute: str) -> list[str]:
    """The labels that are to tell nothing about an attribute.

    labels: (N, 40) bool. Sex and age, and what goes along with the attribute and lies elsewhere:
    a goatee is no beard, that is no shortcut.
    """
    column = ATTRIBUTES.index(attribute)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.abs(np.asarray(np.corrcoef(labels.T.astype(np.float64)))[column])
    place = PLACE_OF[attribute]
    return [
        other
        for k, other in enumerate(ATTRIBUTES)
        if other != attribute
        and (
            other in ALWAYS
            or (along[k] >= CORRELATED and (place == WHOLE or PLACE_OF[other] != place))
        )
    ]


def overlap_weights(labels: np.ndarray, attribute: str) -> np.ndarray:
    """How much each face counts when the attribute is learned: (N,) float64 in [0, 1].

    labels: (N, 40) bool. All 0.5 where an attribute is of one class only.
    """
    from sklearn.linear_model import LogisticRegression

    has = labels[:, ATTRIBUTES.index(attribute)]
    if not 0 < has.sum() < len(has):
        return np.full(len(has), 0.5)
    others = [ATTRIBUTES.index(name) for name in balanced_labels(labels, attribute)]
    by = labels[:, others].astype(np.float64)
    if attribute not in ALWAYS:  # young men, too, are as many on both sides
        male, young = (ATTRIBUTES.index(name) for name in ALWAYS)
        by = np.column_stack([by, labels[:, male] & labels[:, young]])
    # Few combinations of labels, each of many faces: one row for these with it and one without.
    combinations, which = np.unique(by, axis=0, return_inverse=True)
    which = which.ravel()
    faces = np.concatenate([np.bincount(which, side, len(combinations)) for side in (has, ~has)])
    sides = np.repeat([True, False], len(combinations))
    model = LogisticRegression(C=WEAK, solver="newton-cholesky", max_iter=200, tol=1e-8)
    model.fit(np.tile(combinations, (2, 1))[faces > 0], sides[faces > 0], faces[faces > 0])
    chance = model.predict_proba(combinations)[which]
    return np.where(has, chance[:, 0], chance[:, 1])


def judge_weights(labels: np.ndarray, attributes: tuple[str, ...]) -> np.ndarray:
    """(N, K) float32 for the K attributes that one network learns.

    Each column is divided by the root of its mean, so that a rare attribute, of which few faces
    count, is heard beside a frequent one without shouting.
    """
    columns = [overlap_weights(labels, name) for name in attributes]
    return np.stack([w / np.sqrt(w.mean()) for w in columns], 1).astype(np.float32)
