"""Which faces have, and have not, the attributes asked for."""

from collections.abc import Iterable

import numpy as np

from training.latents import Latents


def matching(faces: Latents, has: Iterable[str], has_not: Iterable[str]) -> np.ndarray:
    """(N,) bool: faces with every attribute of `has` and none of `has_not`.

    Raises KeyError for an unknown attribute.
    """
    keep = np.ones(len(faces), bool)
    for attribute in has:
        keep &= faces.label(attribute)
    for attribute in has_not:
        keep &= ~faces.label(attribute)
    return keep
