"""The codes that two models give the same pictures, and the maps from the ones to the others.

A VAE trained on from another keeps most of its latent space, turned and stretched a little: one
affine map tells the codes of the one from those of the other (measured: docs/decisions.md). So what
was learned of the old codes can be taken along.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.run.latents import Latents, load_latents
from training.run.run_folder import LATENTS, RunError

RIDGE = 1.0  # added to the squares: as much as one picture whose codes have a spread of 1


class Affine(NamedTuple):
    """y = x weight^T + bias. weight: (E, D) float32, bias: (E,) float32."""

    weight: np.ndarray
    bias: np.ndarray


def paired_codes(latents: Latents, other: Path) -> tuple[np.ndarray, np.ndarray]:
    """The codes (N, D) and, from another run folder, (N, E) of the N pictures that both know.

    Raises RunError where the other has no codes, or too few of the same pictures.
    """
    others = load_latents(other)
    place = {name: row for row, name in enumerate(others.ids.tolist())}
    both = [(row, place[name]) for row, name in enumerate(latents.ids.tolist()) if name in place]
    fewest = latents.mean.shape[1] + 1
    if len(both) < fewest:
        raise RunError(
            f"codes of at least {fewest:,} of the same pictures in {other / LATENTS}",
            f"{len(both):,} of them",
            f"python -m training encode {other} --data DIR, with the pictures of this run",
        )
    here, there = np.array(both).T
    return latents.mean[here], others.mean[there]


def affine_map(x: np.ndarray, y: np.ndarray) -> Affine:
    """The map from codes x (N, D) to y (N, E) with the least squares, a ridge on its weights."""
    center_x, center_y = x.mean(0, dtype=np.float64), y.mean(0, dtype=np.float64)
    a, b = x - center_x, y - center_y
    weight = np.linalg.solve(a.T @ a + RIDGE * np.eye(a.shape[1]), a.T @ b).T
    return Affine(weight.astype(np.float32), (center_y - weight @ center_x).astype(np.float32))


def rotation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The rotation or reflection Q (D, D) float32 with x Q^T nearest to y, both (N, D) and centred.

    Orthogonal Procrustes (Schönemann 1966): N(0, I) stays itself under it.
    """
    left, _, right = np.linalg.svd(y.astype(np.float64).T @ x)
    return (left @ right).astype(np.float32)
