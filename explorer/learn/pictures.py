"""The faces that the steps work on: real pictures where this computer has them, otherwise drawn.

CelebA's pictures are not part of the project. Without them a picture is drawn from the model,
x ~ p(x|z) with z the code of a validation face; the encoder takes it for as good as a real one.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.errors import DataError
from data.prepared import Prepared, load_prepared
from explorer.learn.model_access import means, sigma
from explorer.loaded import Loaded

PREPARED = Path(__file__).parents[2] / "data" / "prepared" / "celeba64"  # as the README makes it
SEED = 0  # of the noise of drawn pictures


class Pictures(NamedTuple):
    """pixels: (N, S, S, 3) uint8. real: whether they are prepared pictures, not drawn ones."""

    pixels: np.ndarray
    real: bool


def pictures(model: Loaded, rows: np.ndarray) -> Pictures:
    """The pictures of some of the run's validation faces.

    rows: (N,) int, of `model.run.faces`. Real ones when data/prepared/celeba64, or the folder that
    EXPLORER_DATA names, holds the pictures that this run was encoded from. A face has the same
    picture whatever other faces are asked for with it.
    """
    faces = model.run.faces.take(np.asarray(rows))
    prepared = _prepared(Path(os.environ.get("EXPLORER_DATA") or PREPARED))
    if prepared is not None and prepared.fingerprint == faces.data:
        row_of = {name: row for row, name in enumerate(prepared.table["id"])}
        return Pictures(prepared.pictures[[row_of[str(name)] for name in faces.ids]], True)
    seeds = [np.random.default_rng([SEED, int(row)]) for row in rows]
    drawn = [
        sample(mean, sigma(model.decoder), rng)
        for mean, rng in zip(means(model.decoder, faces.mean), seeds, strict=True)
    ]
    return Pictures(np.stack(drawn), False)


def sample(mean: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """x ~ N(mean, sigma^2 I) on the levels of an 8-bit picture: uint8, in the shape of `mean`.

    mean: float in [0, 1]. sigma: in the same units. What falls outside the range is clipped.
    """
    return as_levels(mean + (sigma * rng.standard_normal(mean.shape)).astype(mean.dtype))


def as_levels(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as uint8 levels, clipped."""
    return (np.clip(values, 0, 1) * 255).round().astype(np.uint8)


@lru_cache(maxsize=2)
def _prepared(root: Path) -> Prepared | None:
    try:
        return load_prepared(root)
    except DataError:
        return None


def gallery(faces: int, count: int) -> np.ndarray:
    """Rows of `count` faces spread evenly over all: (count,) int64, or all when there are fewer."""
    return np.unique(np.linspace(0, faces - 1, min(count, faces)).round().astype(np.int64))
