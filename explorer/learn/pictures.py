"""The faces that the steps work on: real pictures where this computer has them, otherwise drawn.

CelebA's pictures are not part of the project. Without them a picture is drawn from the model,
x ~ p(x|z) with z the code of a validation face; the encoder takes it for as good as a real one.
"""

from typing import NamedTuple

import numpy as np

from explorer.faces.prepared_pictures import pictures_of
from explorer.learn.distributions import sample_picture
from explorer.learn.model_access import distribution
from explorer.run.loaded import Loaded

SEED = 0  # of the noise of drawn pictures


class FacePictures(NamedTuple):
    """pixels: (N, S, S, 3) uint8. origin: "real", or "sample" or "mean" of the model's p(x|z)."""

    pixels: np.ndarray
    origin: str


def pictures(loaded: Loaded, rows: np.ndarray, noise: bool = True) -> FacePictures:
    """The pictures of some of the run's validation faces.

    rows: (N,) int, of `loaded.run.faces`. Real ones where the pictures that this run was encoded
    from are on the disk. A face has the same picture whatever others are asked for with it.
    noise: whether a drawn picture is a sample of p(x|z), which a step about likelihoods needs; or
    its mean.
    """
    faces = loaded.run.faces.take(np.asarray(rows))
    if (real := pictures_of(faces)) is not None:
        return FacePictures(real, "real")
    if not noise:
        return FacePictures(loaded.renderer.decode(faces.mean), "mean")
    drawn = [
        sample_picture(distribution(loaded.model, code), SEED, int(row))
        for code, row in zip(faces.mean, rows, strict=True)
    ]
    return FacePictures(np.stack(drawn), "sample")


def evenly_spread(faces: int, count: int) -> np.ndarray:
    """Rows of `count` faces spread evenly over all: (count,) int64, or all when there are fewer."""
    return np.unique(np.linspace(0, faces - 1, min(count, faces)).round().astype(np.int64))
