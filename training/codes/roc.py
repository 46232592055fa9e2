"""How well scores tell who has an attribute from who has not."""

import numpy as np
from sklearn.metrics import roc_auc_score


def roc_areas(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(A,) float64: area under the ROC curve of each column, NaN where its labels are all alike.

    scores: (N, A), labels: (N, A) bool. 0.5 by chance, 1 where scores tell all apart.
    """
    return np.array([
        roc_auc_score(has, score) if 0 < has.sum() < len(has) else np.nan
        for has, score in zip(labels.T, scores.T, strict=True)
    ])  # fmt: skip
