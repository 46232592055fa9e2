"""The face at any place of a map: a weighted mean of the codes whose places are nearest.

UMAP's own inverse takes seconds. Weights are those of modified Shepard interpolation (Franke &
Nielson 1980): on a face's own place they leave that face alone, and they fall to zero at the
outermost neighbour, so the face changes without a jump when another one comes near.
"""

from typing import NamedTuple

import numpy as np

from explorer.derived.map_quality import sample
from explorer.map.nearest import Nearest

NEIGHBOURS = 8  # faces that are blended
CALIBRATION_FACES = 600  # faces whose neighbours say how far apart faces lie
USUAL_QUANTILE = 0.95  # share of these that have their neighbours nearer than counts as held up
UNSUPPORTED_FROM = 3.0  # times that distance: nothing is held up there


class Blended(NamedTuple):
    """codes: (P, D) float32. support: (P,) float32, 1 among faces, 0 where there are none."""

    codes: np.ndarray
    support: np.ndarray


class Blend:
    """Codes at places of one map of N > NEIGHBOURS faces.

    usual: how far nearly all faces of the map have their neighbours.
    """

    def __init__(self, positions: np.ndarray, codes: np.ndarray):
        """positions: (N, d) float32, codes: (N, D) float32; kept, not copied."""
        self._near = Nearest(positions)
        self._codes = codes
        reach = [
            self._near.find(positions[row], NEIGHBOURS + 1)[1][-1]
            for row in sample(len(positions), CALIBRATION_FACES)
        ]
        self.usual = float(np.quantile(reach, USUAL_QUANTILE)) or 1.0

    def at(self, points: np.ndarray) -> Blended:
        """The codes at P places (P, d). Raises ValueError for another number of dimensions."""
        dims = self._near.points.shape[1]
        if points.ndim != 2 or points.shape[1] != dims:
            raise ValueError(f"expected places of {dims} dimensions; found {points.shape[-1]}")
        codes = np.empty((len(points), self._codes.shape[1]), np.float32)
        support = np.empty(len(points), np.float32)
        for k, point in enumerate(points):
            rows, distances = self._near.find(point, NEIGHBOURS + 1)
            codes[k] = shepard_weights(distances) @ self._codes[rows]
            away = distances[-1] / self.usual
            support[k] = np.clip((UNSUPPORTED_FROM - away) / (UNSUPPORTED_FROM - 1), 0, 1)
        return Blended(codes, support)


def shepard_weights(distances: np.ndarray) -> np.ndarray:
    """(k,) weights of sum 1 for ascending distances (k,); zero at the last one, unless all are
    equally far.
    """
    far = float(distances[-1])
    if distances[0] >= far:
        return np.full(len(distances), 1 / len(distances))
    near = np.maximum(distances.astype(np.float64), 1e-9 * far)
    weights = ((far - near).clip(0) / (far * near)) ** 2
    return weights / weights.sum()
