"""Partial effects: what an attribute adds to a code while the other labels are held.

A linear regression of codes on all labels at once says it, and what it is worth: full, it takes
most of a vector away where labels overlap; left out, that vector is the mean difference, which
takes along whatever comes together with the attribute. Between the two lies a curve, the ridge on
the *other* labels (Hoerl & Kennard 1970): none is full, an infinite one is the mean difference.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

READOUT_RIDGE = 1e-3  # of the mean variance of codes, so that dead dimensions do not count


@dataclass(frozen=True, eq=False)
class PartialEffects:
    """The regression of codes in D dimensions on V labels, for every ridge; all float64.

    labels: (V, V) covariance of the labels. together: (V, D) covariance of each label with the
    codes. codes: (D, D) covariance of the codes.
    """

    labels: np.ndarray
    together: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(
        cls,
        counts: np.ndarray,
        faces: int,
        differences: np.ndarray,
        components: np.ndarray,
        component_spread: np.ndarray,
    ) -> "PartialEffects":
        """The same from what vectors.npz holds: no face has to be looked at again.

        counts: (V, V), of the `faces` faces those with both attributes. differences: (V, D) mean
        differences of codes. components: (K, D) principal directions of the codes,
        component_spread: (K,) their standard deviations.
        """
        share = np.diag(counts) / faces
        labels = counts / faces - np.outer(share, share)
        # Of a label of 0 and 1: cov(a, z) = var(a) * (mean of z with it - mean of z without).
        together = np.diag(labels)[:, None] * differences
        wide = component_spread[:, None] * components.astype(np.float64)
        return cls(labels, together, wide.T @ wide)

    @cached_property
    def readouts(self) -> np.ndarray:
        """(V, D): the linear regression of each label on the codes; what its vectors must move."""
        ridge = READOUT_RIDGE * np.trace(self.codes) / len(self.codes)
        return np.linalg.solve(self.codes + ridge * np.eye(len(self.codes)), self.together.T).T

    @cached_property
    def differences(self) -> np.ndarray:
        """(V, D) mean differences."""
        return self.together / np.diag(self.labels)[:, None]

    def vectors(self, clean: float) -> np.ndarray:
        """(V, D) float32: every attribute's vector at one place of the curve, in one solve.

        clean: 0 is the mean difference, 1 the full partial effect, between them the ridge on the
        other labels is (1 - clean) / clean of their variance. Each vector is scaled so that the
        linear readout of its attribute moves by the difference of the two class means.
        """
        return _vectors(self, clean)


@lru_cache(maxsize=64)
def _vectors(of: PartialEffects, clean: float) -> np.ndarray:
    # The ridge is on the others only. A ridge on the attribute itself, as the diagonal has it here,
    # shortens its vector and does not turn it (Sherman & Morrison 1950), and lengths are set below.
    gram = clean * of.labels + (1 - clean) * np.diag(np.diag(of.labels))
    effects = np.linalg.lstsq(gram, of.together, rcond=1e-10)[0]
    wanted = np.einsum("vd,vd->v", of.readouts, of.differences)
    moved = np.einsum("vd,vd->v", of.readouts, effects)
    # A vector that moves its readout the wrong way or not at all keeps its length.
    scale = np.divide(wanted, moved, out=np.ones_like(moved), where=moved > 1e-9 * np.abs(wanted))
    vectors = (scale[:, None] * effects).astype(np.float32)
    vectors.setflags(write=False)
    return vectors
