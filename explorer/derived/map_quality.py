"""How far a map can be believed: do neighbours stay neighbours, and do places tell attributes?

Pure functions. What is told of many points is measured on some of them, each against all others,
so that memory stays small; of few points it is measured on every one.
"""

from typing import NamedTuple

import numpy as np

from explorer.derived.neighbours import nearest_points
from training.codes.roc import roc_areas

NEIGHBORS = 15  # of trustworthiness and recall
LABEL_NEIGHBORS = 25  # nearest points that tell an attribute
MOST_ASKED = 5000  # points that are asked
CHUNK = 2**25  # distances held at once; 128 MB


class Kept(NamedTuple):
    """What of the neighbourhoods a map keeps, averaged over the points that were asked.

    trustworthiness: 1 when no stranger was put among a point's neighbours on the map (Venna &
    Kaski 2001); random places give about 0.5. recall: share of the nearest neighbours that are so
    on the map, too.
    """

    trustworthiness: float
    recall: float


def sample(count: int, most: int = MOST_ASKED, seed: int = 0) -> np.ndarray:
    """(min(count, most),) int64: rows to ask, ascending, the same for the same seed."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def kept(
    features: np.ndarray, positions: np.ndarray, k: int = NEIGHBORS, rows: np.ndarray | None = None
) -> Kept:
    """How well the positions (N, 2 or 3) keep the neighbourhoods of the features (N, F).

    rows: the points asked, `sample(N)` when left out. Raises ValueError for N <= 2 k, for which
    trustworthiness is not defined.
    """
    n = len(features)
    if n <= 2 * k:
        raise ValueError(f"expected more than {2 * k} points, twice the neighbours; found {n}")
    rows = sample(n) if rows is None else rows
    features, positions = (
        np.asarray(a - a.mean(0, dtype=np.float64), np.float32) for a in (features, positions)
    )
    squares = np.einsum("nf,nf->n", features, features)
    on_map = nearest_others(positions, rows, k)
    penalty = shared = 0
    for part in np.array_split(np.arange(len(rows)), -(-len(rows) * n // CHUNK)):
        own = rows[part]
        distances = squares - 2 * features[own] @ features.T  # less the own square: same order
        distances[np.arange(len(own)), own] = np.inf
        of_neighbors = np.take_along_axis(distances, on_map[part], 1)
        for distance in of_neighbors.T:  # rank 0 is the nearest
            rank = (distances < distance[:, None]).sum(1)
            penalty += np.maximum(rank + 1 - k, 0).sum()
            shared += (rank < k).sum()
    most = len(rows) * k
    return Kept(
        float(1 - 2 * penalty / (most * (2 * n - 3 * k - 1))),
        float(shared / most),
    )


def legibility(
    positions: np.ndarray, labels: np.ndarray, k: int = LABEL_NEIGHBORS, seed: int = 0
) -> np.ndarray:
    """How well the nearest points tell each attribute: (A,) float32 areas under the ROC curve.

    The points are split in halves; each is judged by the share of the k nearest points of the
    other half that have the attribute, so none is judged by itself. NaN where a half holds one
    class only. positions: (N, 2 or 3), labels: (N, A) bool.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(positions))
    halves = order[::2], order[1::2]
    areas = []
    for judges, judged in (halves, halves[::-1]):
        judged = judged[:MOST_ASKED]
        k = min(k, len(judges))
        near = nearest_points(positions[judges], positions[judged], k)
        areas.append(roc_areas(labels[judges][near].mean(1), labels[judged]))
    return np.mean(areas, 0).astype(np.float32)


def nearest_others(positions: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """(n, k) rows of the k nearest other points of each given row, on the map."""
    neighbors = nearest_points(positions, positions[rows], k + 1)
    own = neighbors == rows[:, None]
    own[~own.any(1), -1] = True  # among points that coincide, the row itself may be left out
    return neighbors[~own].reshape(len(rows), k)
