"""Logistic regressions of many labels on the same codes, all fitted at once.

One after the other, each reads all codes some hundred times. Together, the codes are read once for
all of them, and one covariance of the codes tells how the loss of each bends: in the coordinates
of its eigenvectors, scaled by that, every loss is nearly round, so few steps of L-BFGS (Liu &
Nocedal 1989) are enough.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

ROWS = 8192  # codes at a time
STEEPEST, MOST_STEPS = 3e-4, 200  # where it ends; the loss of a code bends by about 1


class Turned(NamedTuple):
    """Codes along the eigenvectors of their covariance. x: (N, D) float32. variance: (D,).
    turn: (D, D), eigenvectors as columns; turn @ weights are weights of the codes as they were.
    """

    x: np.ndarray
    variance: np.ndarray
    turn: np.ndarray


def turned(standardised: np.ndarray) -> Turned:
    """Of codes (N, D) with mean 0."""
    codes = standardised.astype(np.float32)
    variance, turn = np.linalg.eigh(codes.T @ codes / len(codes))
    return Turned(codes @ turn, variance, turn)


def fit_together(
    codes: Turned,
    labels: np.ndarray,
    counted: np.ndarray,
    penalties: np.ndarray,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Weights (D, K) of K regressions of turned codes, and below them intercepts (K,).

    labels, counted: (N, K) bool; of what counts, each has both labels. penalties: (K,), C as
    scikit-learn has it. start: where to begin, as what is given.
    """
    number = counted.sum(0)
    share = (labels & counted).sum(0) / number
    per_code = 1 / (penalties * number)  # of the penalty, where the loss is a mean
    bend = share * (1 - share) * np.append(codes.variance, 1.0)[:, None]
    bend[:-1] += per_code
    root = np.sqrt(np.maximum(bend, 1e-12))
    if start is None:
        start = np.zeros_like(root)
        start[-1] = np.log(share / (1 - share))

    def scaled(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(root.shape) / root
        losses, gradient = _loss(codes.x, weights, labels, counted, 1 / number)
        penalised = weights[:-1]
        gradient[:-1] += per_code * penalised
        loss = losses.sum() + 0.5 * (per_code * np.square(penalised)).sum()
        return loss, (gradient / root).ravel()

    options = {"maxiter": MOST_STEPS, "maxcor": 20, "gtol": STEEPEST, "ftol": 1e-10}
    found = minimize(scaled, (start * root).ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(root.shape) / root


def losses_of(
    codes: Turned, weights: np.ndarray, labels: np.ndarray, counted: np.ndarray
) -> np.ndarray:
    """-log p of the labels (N, K) that count, summed: (K,) nats. weights: of `fit_together`."""
    return _loss(codes.x, weights, labels, counted, np.ones(labels.shape[1]))[0]


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
        gradient[:-1] += x[rows].T @ apart.astype(np.float32)
        gradient[-1] += apart.sum(0, np.float64)
    return losses * times, gradient * times
