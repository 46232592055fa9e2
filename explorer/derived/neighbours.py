"""The nearest of many points, for many points at once."""

import numpy as np

CHUNK = 2**22  # distances held at once


def nearest_points(points: np.ndarray, asked: np.ndarray, k: int) -> np.ndarray:
    """Rows (M, k) of the k nearest of points (N, F) to each of M asked ones, nearest first.

    In two or three dimensions a tree finds those of hundred thousands quickly, where scipy is
    installed; all distances are as exact.
    """
    if points.shape[1] <= 3:
        try:
            from scipy.spatial import cKDTree
        except ImportError:
            pass
        else:
            return cKDTree(points).query(asked, k)[1].reshape(len(asked), k)
    return by_all_distances(points, asked, k)


def by_all_distances(points: np.ndarray, asked: np.ndarray, k: int) -> np.ndarray:
    """The same from the distances of all."""
    points = points.astype(np.float64)
    squares = np.square(points).sum(1)
    found = np.empty((len(asked), k), np.int64)
    for start in range(0, len(asked), step := max(1, CHUNK // len(points))):
        part = asked[start : start + step].astype(np.float64)
        distances = squares - 2 * part @ points.T  # less the own square: same order
        near = np.argpartition(distances, k - 1, 1)[:, :k]
        order = np.argsort(np.take_along_axis(distances, near, 1), 1, kind="stable")
        found[start : start + step] = np.take_along_axis(near, order, 1)
    return found
