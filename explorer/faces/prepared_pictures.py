"""The pictures that faces were encoded from. They are CelebA's: a disk may have them or not."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from data.errors import DataError
from data.prepared import ABOUT, Prepared, load_prepared
from training.run.latents import Latents

PREPARED = Path(__file__).parents[2] / "data" / "prepared"


def has_pictures(faces: Latents) -> bool:
    """Whether this disk has the prepared folder that the faces were encoded from."""
    return _prepared(faces.data, PREPARED) is not None


def pictures_of(faces: Latents) -> np.ndarray | None:
    """(N, S, S, 3) uint8: the prepared pictures of N faces; None where this disk has none."""
    prepared = _prepared(faces.data, PREPARED)
    if prepared is None:
        return None
    rows = _rows(prepared.root)
    found = prepared.pictures[[rows[str(name)] for name in faces.ids]]
    return found if found.shape[-1] == 3 else np.repeat(found, 3, -1)  # of grey


@lru_cache(maxsize=4)
def _prepared(fingerprint: str, root: Path) -> Prepared | None:
    for found in sorted(root.glob(f"*/{ABOUT}")):
        try:
            prepared = load_prepared(found.parent, check=False)  # quickly
        except DataError:
            continue
        if prepared.fingerprint == fingerprint:
            return prepared
    return None


@lru_cache(maxsize=4)
def _rows(root: Path) -> dict[str, int]:
    return {name: row for row, name in enumerate(load_prepared(root, check=False).table["id"])}
