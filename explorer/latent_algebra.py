"""Pure functions on latent codes: numpy in, numpy out, nothing remembered."""

import numpy as np


def mean_difference(codes: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Mean code with the attribute minus mean code without it: (D,) float32.

    codes: (N, D), has: (N,) bool with both values present. Source: Larsen et al. 2016, section 4.
    """
    return (codes[has].mean(0) - codes[~has].mean(0)).astype(np.float32)


def principal_components(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (D,), directions (K, D) with unit rows, standard deviations (K,), widest first.

    K = min(N - 1, D). A direction's sign is chosen so that its largest entry is positive, because
    a decomposition leaves it open.
    """
    mean = codes.mean(0, dtype=np.float64)
    _, singular, rows = np.linalg.svd(codes - mean, full_matrices=False)
    k = min(len(codes) - 1, codes.shape[1])
    rows = rows[:k]
    largest = rows[np.arange(k), np.abs(rows).argmax(1)]
    rows = rows * np.sign(largest)[:, None]
    spread = singular[:k] / np.sqrt(len(codes) - 1)
    return mean.astype(np.float32), rows.astype(np.float32), spread.astype(np.float32)
