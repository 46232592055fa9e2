"""The Fréchet distance between what a network sees in two sets of pictures.

Features are of numpy, or of torch on any device that has float64; so is what is computed of them.
"""

from typing import NamedTuple

from training.model.arrays import Array, float64, namespace


class Moments(NamedTuple):
    """mean: (F,) float64; covariance: (F, F) float64, that of the N - 1 degrees of freedom."""

    mean: Array
    covariance: Array


def moments(features: Array) -> Moments:
    """Of features (N, F), N at least 2. Raises ValueError for fewer."""
    if len(features) < 2:
        raise ValueError(f"expected at least 2 pictures for a covariance; found {len(features)}")
    wide = float64(features)
    mean = wide.mean(0)
    apart = wide - mean
    return Moments(mean, apart.T @ apart / (len(features) - 1))


def frechet_distance(a: Moments, b: Moments) -> float:
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), squared as is the custom, at least 0.

    The trace of the root is taken as that of (R C_b R)^(1/2) with R = C_a^(1/2), which has the same
    eigenvalues and is symmetric, so that it stays real where a covariance has no full rank.
    """
    xp = namespace(a.mean)
    values, vectors = xp.linalg.eigh(a.covariance)
    root = (vectors * xp.sqrt(values.clip(0))) @ vectors.T
    cross = xp.sqrt(xp.linalg.eigvalsh(root @ b.covariance @ root).clip(0)).sum()
    apart = xp.square(a.mean - b.mean).sum()
    return max(0.0, float(apart + xp.trace(a.covariance) + xp.trace(b.covariance) - 2 * cross))
