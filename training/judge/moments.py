"""The Fréchet distance between what a network sees in two sets of pictures."""

from typing import NamedTuple

import numpy as np


class Moments(NamedTuple):
    """mean: (F,) float64; covariance: (F, F) float64, that of the N - 1 degrees of freedom."""

    mean: np.ndarray
    covariance: np.ndarray


def moments(features: np.ndarray) -> Moments:
    """Of features (N, F), N at least 2. Raises ValueError for fewer."""
    if len(features) < 2:
        raise ValueError(f"expected at least 2 pictures for a covariance; found {len(features)}")
    return Moments(features.mean(0, np.float64), np.cov(features, rowvar=False, dtype=np.float64))


def frechet_distance(a: Moments, b: Moments) -> float:
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), squared as is the custom, at least 0.

    The trace of the root is taken as that of (R C_b R)^(1/2) with R = C_a^(1/2), which has the same
    eigenvalues and is symmetric, so that it stays real where a covariance has no full rank.
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ b.covariance @ root).clip(0)).sum()
    apart = np.square(a.mean - b.mean).sum()
    return max(0.0, float(apart + np.trace(a.covariance) + np.trace(b.covariance) - 2 * cross))
