"""Logistic regressions of many labels on the same codes, all fitted at once.

One after the other, each reads all codes some hundred times. Together, the codes are read once for
all of them, and one covariance of the codes tells how the loss of each bends: in the coordinates
of its eigenvectors, scaled by that, every loss is nearly round, so few steps of L-BFGS (Liu &
Nocedal 1989) are enough.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.model_selection import train_test_split

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)  # C as scikit-learn has it, on standardised codes
HELD_OUT = 0.2  # of the codes, to choose among them
SEED = 0
ROWS = 8192  # codes at a time
STEEPEST, MOST_STEPS = 1e-5, 200  # where it ends; the loss of a code bends by about 1


def logistic_normals(codes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normals (V, D) float64 in code space of regressions of V labels, and their penalties C (V,).

    codes: (N, D). labels: (N, V) bool, each with both values, twice at least. The C of PENALTIES
    that gives the held-out fifth of the codes the highest likelihood is used on all of them.
    """
    spread = codes.std(0)
    scale = np.where(spread > 0, spread, 1).astype(np.float64)
    standardised = ((codes - codes.mean(0)) / scale).astype(np.float32)
    variance, turn = np.linalg.eigh(standardised.T @ standardised / len(codes))
    turned = standardised @ turn
    held_out = np.stack([_held_out(has) for has in labels.T], 1)  # (N, V)

    count = labels.shape[1]
    each = np.repeat(np.arange(count), len(PENALTIES))  # the label of every regression
    penalties = np.tile(PENALTIES, count)
    tried = _fit(turned, variance, labels[:, each], ~held_out[:, each], penalties)
    losses, _ = _loss(turned, tried, labels[:, each], held_out[:, each], np.ones(len(each)))
    best = losses.reshape(count, -1).argmin(1)
    chosen = np.asarray(PENALTIES)[best]
    start = tried[:, np.arange(count) * len(PENALTIES) + best]
    fitted = _fit(turned, variance, labels, np.ones_like(labels), chosen, start)
    return (turn @ fitted[:-1]).T / scale, chosen


def _held_out(has: np.ndarray) -> np.ndarray:
    """(N,) bool: a fifth of the codes, of both classes as many as there are of them."""
    rows = np.arange(len(has))
    _, chosen = train_test_split(rows, test_size=HELD_OUT, random_state=SEED, stratify=has)
    return np.isin(rows, chosen)


def _fit(
    x: np.ndarray,
    variance: np.ndarray,
    labels: np.ndarray,
    counted: np.ndarray,
    penalties: np.ndarray,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Weights (D, K) and below them intercepts (K,), as one array, of K regressions.

    x: (N, D) float32 along directions of these variances (D,). labels, counted: (N, K) bool.
    """
    number = counted.sum(0)
    share = (labels & counted).sum(0) / number
    per_code = 1 / (penalties * number)  # of the penalty, where the loss is a mean
    bend = share * (1 - share) * np.append(variance, 1.0)[:, None]
    bend[:-1] += per_code
    root = np.sqrt(np.maximum(bend, 1e-12))
    if start is None:
        start = np.zeros_like(root)
        start[-1] = np.log(share / (1 - share))

    def scaled(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(root.shape) / root
        losses, gradient = _loss(x, weights, labels, counted, 1 / number)
        penalised = weights[:-1]
        gradient[:-1] += per_code * penalised
        loss = losses.sum() + 0.5 * (per_code * np.square(penalised)).sum()
        return loss, (gradient / root).ravel()

    options = {"maxiter": MOST_STEPS, "maxcor": 20, "gtol": STEEPEST, "ftol": 1e-12}
    found = minimize(scaled, (start * root).ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(root.shape) / root


def _loss(
    x: np.ndarray, weights: np.ndarray, labels: np.ndarray, counted: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """-log p of labels, summed over the codes that count, times (K,): (K,), gradient (D + 1, K)."""
    slope, intercept = weights[:-1].astype(np.float32), weights[-1]
    losses, gradient = np.zeros(len(intercept)), np.zeros_like(weights)
    for start in range(0, len(x), ROWS):
        rows = slice(start, start + ROWS)
        margin = x[rows] @ slope + intercept.astype(np.float32)
        against = np.where(labels[rows], -margin, margin)
        losses += np.where(counted[rows], np.logaddexp(0, against), 0).sum(0, np.float64)
        apart = np.where(counted[rows], expit(margin) - labels[rows], 0)
        gradient[:-1] += x[rows].T @ apart
        gradient[-1] += apart.sum(0, np.float64)
    return losses * times, gradient * times
