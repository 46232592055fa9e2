"""Where a new code lies on a map that is already there, and how sure that is.

UMAP has no formula for new points and its own transform takes seconds, so a new code takes the
place of the codes around it: the weighted geometric median of their places, which unlike their
mean does not fall between two islands. A map of straight axes is asked itself.
"""

from typing import NamedTuple

import numpy as np

from explorer.derived.map_quality import sample
from explorer.derived.planes import Plane
from explorer.map.nearest import Nearest

NEIGHBOURS = 12  # codes that decide
WEISZFELD_STEPS = 10  # of Weiszfeld's iteration; more moves no place by a thousandth of the map
SMOOTHING = 0.03  # of the map's diagonal: places nearer than this are averaged, so a walk is smooth
FOUND_WITHIN = 0.05  # of the map's diagonal: how far off still counts as found
CALIBRATION_FACES = 600  # of the map, placed without themselves to learn how sure a place is
BINS = 12
FAR_QUANTILE = 0.99  # share of these faces that have their neighbours nearer


class Place(NamedTuple):
    """position: (d,) float32. confidence: 0 to 1."""

    position: np.ndarray
    confidence: float


class Placer:
    """Places new codes on one map of N faces by what its lens sees of them.

    Confidence is measured, not assumed: faces of the map are placed without themselves, and it is
    the share found within FOUND_WITHIN of their own place, among those whose neighbours are
    scattered as much. Codes farther out than nearly all faces get less, by the square of the
    distance.
    """

    def __init__(self, features: np.ndarray, positions: np.ndarray, plane: Plane | None = None):
        """features: (N, F), N > NEIGHBOURS + 1; positions: (N, d) float32 of the map's faces.
        plane: given when the map has straight axes.
        """
        self._near = Nearest(features)
        self._positions = np.asarray(positions, np.float32)
        self._plane = plane
        self._size = float(np.linalg.norm(np.ptp(self._positions, 0))) or 1.0
        tried = sample(len(features), CALIBRATION_FACES)
        found = [self._around(features[row], without=row) for row in tried]
        self._far = float(np.quantile([reach for *_, reach in found], FAR_QUANTILE))
        error = [
            np.linalg.norm(position - self._positions[row]) / self._size
            for row, (position, *_) in zip(tried, found, strict=True)
        ]
        scatter = np.array([scatter for _, scatter, _ in found])
        self._scatters, self._shares = _calibrated(scatter, np.array(error) <= FOUND_WITHIN)

    @property
    def calibration(self) -> dict[str, float | list[float]]:
        """What was learned of the map's own faces, as plain data for a placer elsewhere: size, far,
        scatters and shares.
        """
        learned = {"scatters": self._scatters.tolist(), "shares": self._shares.tolist()}
        return {"size": self._size, "far": self._far} | learned

    def place(self, features: np.ndarray) -> Place:
        """The place of a code, given what the lens sees of it, (F,)."""
        position, scatter, reach = self._around(features)
        known = min(1.0, (self._far / reach) ** 2) if reach > 0 else 1.0
        if self._plane:
            return Place(self._plane.positions(features[None])[0], known)
        return Place(position, known * float(np.interp(scatter, self._scatters, self._shares)))

    def _around(
        self, features: np.ndarray, without: int | None = None
    ) -> tuple[np.ndarray, float, float]:
        """Position, scatter of the neighbours' places around it as a share of the map's size, and
        distance to the outermost neighbour.
        """
        rows, distances = self._near.find(features, NEIGHBOURS + 2)
        if without is not None:
            rows, distances = rows[rows != without], distances[rows != without]
        reach = distances[NEIGHBOURS]
        rows, distances = rows[:NEIGHBOURS], distances[:NEIGHBOURS].astype(np.float64)
        # Zero at the outermost one, so a place moves smoothly when neighbours change.
        weights = 1 - (distances / max(reach, 1e-12)) ** 2 + 1e-9
        weights /= np.maximum(distances, 1e-6 * max(reach, 1e-6))
        weights /= weights.sum()
        places = self._positions[rows].astype(np.float64)
        position = weights @ places
        for _ in range(WEISZFELD_STEPS):
            gap = np.sqrt(((places - position) ** 2).sum(1) + (SMOOTHING * self._size) ** 2)
            pull = weights / gap
            position = pull @ places / pull.sum()
        scatter = np.sqrt(weights @ ((places - position) ** 2).sum(1)) / self._size
        return position.astype(np.float32), float(scatter), float(reach)


def _calibrated(scatter: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scatters, ascending, and the share found near each, falling."""
    parts = np.array_split(np.argsort(scatter, kind="stable"), BINS)
    parts = [part for part in parts if len(part)]
    shares = np.array([found[part].mean() for part in parts])
    return np.array([np.median(scatter[part]) for part in parts]), np.minimum.accumulate(shares)
