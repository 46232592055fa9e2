"""How well scores tell who has an attribute from who has not."""

import numpy as np


def roc_areas(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(A,) float64: area under the ROC curve of each column, NaN where its labels are all alike.

    scores: (N, A), labels: (N, A) bool. 0.5 by chance, 1 where scores tell all apart.
    """
    return np.array([
        roc_area(score, has) if 0 < has.sum() < len(has) else np.nan
        for has, score in zip(labels.T, scores.T, strict=True)
    ])  # fmt: skip


def roc_area(scores: np.ndarray, has: np.ndarray) -> float:
    """The same of one column, (N,) each, of which some have it and some have not.

    By the ranks of the scores, equal ones sharing theirs (Mann & Whitney 1947).
    """
    _, group, size = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(size) - 0.5 * (size - 1))[group]
    with_it = int(np.count_nonzero(has))
    above = rank[np.asarray(has, bool)].sum() - 0.5 * with_it * (with_it + 1)
    return float(above / (with_it * (len(has) - with_it)))
