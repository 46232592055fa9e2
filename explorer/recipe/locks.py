"""Locks: what is left of a vector when some attributes are held still.

An attribute stands still while its readout does, the log-odds w z of a logistic regression. Of all
vectors that leave the readouts alone we take the nearest one: the orthogonal projection. The one
that is nearest in the metric of the codes' covariance takes more of the vector away and holds the
locked attributes no better; docs/measurements.md has the comparison.
"""

import numpy as np

INDEPENDENT = 1e-6  # of the largest singular value; smaller ones are readouts counted twice


def hold(vector: np.ndarray, readouts: np.ndarray) -> tuple[np.ndarray, float]:
    """What is left of a vector, (D,) float32, and the share that the locks remove, 0 to 1.

    The share is of the squared length, so what is left and what is removed add up; added once, the
    rest goes that much less far along the vector. A vector of length 0 loses nothing.

    vector: (D,). readouts: (L, D), normals of the locked attributes; length 0 holds nothing.
    """
    vector, readouts = vector.astype(np.float64), readouts.astype(np.float64)
    lengths = np.linalg.norm(readouts, axis=1, keepdims=True)
    _, singular, basis = np.linalg.svd(readouts / np.where(lengths > 0, lengths, 1), False)
    basis = basis[singular > INDEPENDENT * singular.max(initial=0)]  # (R, D), orthonormal
    along = basis @ vector
    length = vector @ vector
    share = along @ along / length if length > 0 else 0.0
    return (vector - along @ basis).astype(np.float32), float(min(share, 1.0))
