"""Logistic regressions of many labels, each with the penalty that held-out codes choose."""

import numpy as np
from sklearn.model_selection import train_test_split

from training.codes.logistic import fit_together, losses_of, turned

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)  # C as scikit-learn has it, on standardised codes
HELD_OUT = 0.2  # of the codes, to choose among them
SEED = 0


def logistic_normals(codes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normals (V, D) float64 in code space of regressions of V labels, and their penalties C (V,).

    codes: (N, D). labels: (N, V) bool, each with both values, twice at least. The C of PENALTIES
    that gives the held-out fifth of the codes the highest likelihood is used on all of them.
    """
    spread = codes.std(0)
    scale = np.where(spread > 0, spread, 1).astype(np.float64)
    own = turned((codes - codes.mean(0)) / scale)
    held_out = np.stack([_held_out(has) for has in labels.T], 1)  # (N, V)

    count = labels.shape[1]
    each = np.repeat(np.arange(count), len(PENALTIES))  # the label of every regression
    penalties = np.tile(PENALTIES, count)
    tried = fit_together(own, labels[:, each], ~held_out[:, each], penalties)
    losses = losses_of(own, tried, labels[:, each], held_out[:, each])
    best = losses.reshape(count, -1).argmin(1)
    chosen = np.asarray(PENALTIES)[best]
    start = tried[:, np.arange(count) * len(PENALTIES) + best]
    fitted = fit_together(own, labels, np.ones_like(labels), chosen, start)
    return (own.turn @ fitted[:-1]).T / scale, chosen


def _held_out(has: np.ndarray) -> np.ndarray:
    """(N,) bool: a fifth of the codes, of both classes as many as there are of them."""
    rows = np.arange(len(has))
    _, chosen = train_test_split(rows, test_size=HELD_OUT, random_state=SEED, stratify=has)
    return np.isin(rows, chosen)
