"""How labels go together: a fully visible belief network, whose draws are whole sets of labels.

p(labels) is a product of logistic regressions, of each label on those before it (Neal 1992; Frey,
Hinton & Dayan 1996). Led by a whole set of labels, the flow comes nearer to the codes of faces than
led by none; so where nothing is asked for, a random face's labels are drawn first.
"""

import numpy as np

PENALTY = 1.0  # C of the regressions


def fit_belief_network(labels: np.ndarray) -> np.ndarray:
    """The weights (A, A + 1) float32 of A regressions, from labels (N, A) bool of N pictures.

    Row k tells label k from those before it, as 1 and -1: their weights, then zeros, and last the
    intercept.
    """
    from sklearn.linear_model import LogisticRegression

    signs = np.where(labels, 1.0, -1.0)
    weights = np.zeros((labels.shape[1], labels.shape[1] + 1))
    for k, label in enumerate(labels.T):
        having = int(label.sum())
        if k == 0 or having in (0, len(label)):  # no label before it, or none that differs
            weights[k, -1] = np.log((having + 0.5) / (len(label) - having + 0.5))
            continue
        regression = LogisticRegression(C=PENALTY, solver="newton-cholesky")
        regression.fit(signs[:, :k], label)
        weights[k, :k], weights[k, -1] = regression.coef_[0], regression.intercept_[0]
    return weights.astype(np.float32)


def draw_labels(weights: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A set of labels, (A,) float32 of 1 and -1. weights: of `fit_belief_network`."""
    chance = generator.random(len(weights))
    labels = np.zeros(len(weights))
    for k, row in enumerate(weights.astype(np.float64)):
        margin = labels @ row[:-1] + row[-1]
        labels[k] = 1 if chance[k] < 1 / (1 + np.exp(-margin)) else -1
    return labels.astype(np.float32)
