"""How an own photo compares with faces that the model knows: what the page says about it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from explorer.language.text import _
from explorer.run.run import Run
from training.model.figures import likeness

OUTSIDE_SHARE = 0.01  # of known faces; where fewer are less likely, a photo counts as outside


class Familiarity(NamedTuple):
    """How well a photo fits in.

    less_likely: share of the run's validation codes that are less likely under the mixture than
    the photo's code, 0 to 1. psnr_db: of its reconstruction. worst_psnr_db: what 99 % of the
    validation pictures reach, None when the run's report does not tell. seen: whether the detector
    of faces sees one; smooth pictures of anything are likely codes and well reconstructed, too.
    """

    less_likely: float
    psnr_db: float
    worst_psnr_db: float | None
    seen: bool = True

    @property
    def outside(self) -> bool:
        """Whether the photo is outside what the model knows: no face, its code, or its pixels."""
        poor = self.worst_psnr_db is not None and self.psnr_db < self.worst_psnr_db
        return poor or self.less_likely < OUTSIDE_SHARE or not self.seen

    @property
    def line(self) -> str:
        """One or two honest sentences."""
        rank = _(
            "its code is less likely than those of {less_likely:.1%} of CelebA's validation faces"
        ).format(less_likely=1 - self.less_likely)
        error = _("the reconstruction reaches {psnr_db:.1f} dB").format(psnr_db=self.psnr_db)
        if self.worst_psnr_db is not None:
            error += _(", where 99 % of them reach {worst_psnr_db:.1f} dB or more").format(
                worst_psnr_db=self.worst_psnr_db
            )
        if not self.seen:
            return _(
                "Outside the training faces (no face is seen in the frame): {rank}, and {error}. "
                "What edits do to it says little."
            ).format(rank=rank, error=error)
        if self.outside:
            return _(
                "Outside the training faces (beyond the 99th percentile): {rank}, and {error}. "
                "What edits do to it says little."
            ).format(rank=rank, error=error)
        return _("Within the training faces: {rank}; {error}.").format(rank=rank, error=error)


def familiarity(
    run: Run, code: np.ndarray, picture: np.ndarray, reconstruction: np.ndarray, seen: bool = True
) -> Familiarity:
    """code: (D,). picture, reconstruction: (S, S, 3) uint8. seen: see Familiarity."""
    likelihood = run.space.mixture.log_density(code[None])[0]
    return Familiarity(
        float((known_likelihoods(run) < likelihood).mean()),
        float(likeness(picture, reconstruction)),
        run.report.get("psnr_first_percentile_db"),
        seen,
    )


@lru_cache(maxsize=2)
def known_likelihoods(run: Run) -> np.ndarray:
    """(N,) log density of the run's validation codes under its mixture."""
    return run.space.mixture.log_density(run.faces.mean)


def error_map(picture: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """Where a reconstruction errs: (S, S, 3) uint8, from black over red and yellow to white.

    The mean absolute error over the channels; a quarter of the whole range is white.
    """
    error = np.abs(picture.astype(np.float64) - reconstruction.astype(np.float64)).mean(-1)
    share = np.clip(error / 64, 0, 1)[..., None]
    return (255 * np.clip(3 * share - np.arange(3), 0, 1)).round().astype(np.uint8)
