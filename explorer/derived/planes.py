"""Straight axes through features: maps that are a projection and need no fitting by gradient."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from explorer.recipe.latent_algebra import principal_components


class Plane(NamedTuple):
    """d straight axes through F features. center: (F,), axes: (F, d) float32. titles: of the d
    axes.
    """

    center: np.ndarray
    axes: np.ndarray
    titles: tuple[str, ...]

    def positions(self, features: np.ndarray) -> np.ndarray:
        """(N, F) features -> (N, d) float32."""
        return ((features - self.center) @ self.axes).astype(np.float32)


def principal_plane(features: np.ndarray, dims: int) -> Plane:
    """The `dims` orthonormal directions along which the features (N, F) differ most.

    Those beyond F, and beyond N - 1, are zero.
    """
    center, directions, _ = principal_components(features)
    axes = np.zeros((features.shape[1], dims), np.float32)
    found = directions[:dims]
    axes[:, : len(found)] = found.T
    return Plane(center, axes, tuple(f"PC {k + 1}" for k in range(dims)))


def the_plane(features: np.ndarray) -> Plane:
    """Features (N, 2) as they are."""
    return Plane(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), ("z 0", "z 1"))


# Straight projections by name: of features (N, F) onto so many axes.
STRAIGHT: dict[str, Callable[[np.ndarray, int], Plane]] = {"pca": principal_plane}


def ticked_plane(
    margins: np.ndarray, codes: np.ndarray, directions: np.ndarray, titles: Sequence[str], dims: int
) -> Plane:
    """Axes for no more attributes than dimensions: their margins, then what else differs most.

    margins: (N, T) of the T <= dims attributes. codes: (N, D). directions: (D, T), what the margins
    grow along. The features of this plane are margins and codes beside each other, (N, T + D); the
    other axes are the principal directions of the codes orthogonal to `directions`, in standard
    deviations.
    """
    along = np.linalg.qr(directions.astype(np.float64))[0]
    rest = codes - codes.mean(0)
    rest = rest - (rest @ along) @ along.T
    ticked, free = margins.shape[1], dims - margins.shape[1]
    axes = np.zeros((ticked + codes.shape[1], dims), np.float32)
    axes[:ticked, :ticked] = np.eye(ticked)
    if free:
        others = principal_plane(rest.astype(np.float32), free).axes
        others -= along @ (along.T @ others)  # exactly orthogonal, also where codes are flat
        spread = (rest @ others).std(0)
        axes[ticked:, ticked:] = others / np.where(spread > 0, spread, 1)
    center = np.concatenate([np.zeros(ticked), codes.mean(0)]).astype(np.float32)
    return Plane(center, axes, (*titles, *(f"PC {k + 1} of the rest" for k in range(free))))


def aligned(
    positions: np.ndarray, like: np.ndarray, rows: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Positions turned, mirrored and moved so that some rows lie as near as can be to `like`.

    positions: (N, d). like: (M, d), row by row the same faces as positions[rows]. Distances stay.
    The orthogonal Procrustes problem, Schoenemann 1966. Returns (N, d) float32.
    """
    center, target = positions[rows].mean(0, dtype=np.float64), like.mean(0, dtype=np.float64)
    # (d, d), the orthogonal part of the product
    left, _, right = np.linalg.svd((positions[rows] - center).T @ (like - target))
    return ((positions - center) @ (left @ right) + target).astype(np.float32)
