"""What a judge's logits mean: made log odds, were half of the faces to have the attribute."""

import numpy as np

from data import ATTRIBUTES
from training.judges.weighting import overlap_weights

WEAK = 100.0  # inverse ridge of the slope: hardly any
BINS = 10  # of the calibration error


def platt(scores: np.ndarray, has: np.ndarray, weights: np.ndarray) -> tuple[float, float] | None:
    """Scale and shift that make scores (N,) log odds of `has` (N,) bool (Platt 1999).

    weights: (N,), how much each face counts, 1 on average. None for one class alone, and for
    scores that tell the wrong way round.
    """
    if not 0 < has.sum() < len(has):
        return None
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=WEAK).fit(scores[:, None], has, weights)
    scale, shift = float(line.coef_[0, 0]), float(line.intercept_[0])
    return (scale, shift) if scale > 0 else None


def class_weights(has: np.ndarray) -> np.ndarray:
    """(N,) under which both classes of `has` (N,) bool weigh the same, 1 on average."""
    return np.where(has, 0.5 / max(has.mean(), 1e-12), 0.5 / max(1 - has.mean(), 1e-12))


def calibration(found: list[np.ndarray], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift, (40,) float32 each, for logits of the same faces drawn in several ways.

    found: of each way, (N, 40) logits while scale is 1 and shift 0. labels: (N, 40) bool. Faces
    count as in training, so that sex and age tell nothing, and both classes weigh the same. What
    cannot be calibrated keeps its logits.
    """
    scale, shift = np.ones(len(ATTRIBUTES), np.float32), np.zeros(len(ATTRIBUTES), np.float32)
    for k, name in enumerate(ATTRIBUTES):
        weights = overlap_weights(labels, name)
        weights = np.tile(weights / weights.mean(), len(found))
        along = np.concatenate([logits[:, k] for logits in found])
        line = platt(along, np.tile(labels[:, k], len(found)), weights)
        if line is not None:
            scale[k], shift[k] = line
    return scale, shift


def calibration_error(score: np.ndarray, has: np.ndarray) -> float:
    """Mean distance of scores (N,) from the frequency of `has` (N,) bool among like scores.

    BINS bins of equal width, weighted by how many scores they hold (Naeini et al. 2015); faces
    with and without count half each.
    """
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    weights = class_weights(has) / len(has)
    return float(np.abs(np.bincount(bins, weights * (score - has), minlength=BINS)).sum())
