"""Step 2: codes, means of codes and lines between codes, against the same done to pixels."""

import numpy as np

from explorer.recipe.latent_algebra import lerp


def mean_code(codes: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The mean of some codes: (D,) float32.

    codes: (N, D). chosen: (N,) bool or rows, at least one.
    """
    return codes[chosen].mean(0, dtype=np.float64).astype(np.float32)


def line(start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """`count` codes at even steps from `start` to `end`, both among them: (count, D) float32."""
    return lerp(start, end, np.linspace(0, 1, count))


def blend(start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """The same with pictures (S, S, 3) uint8, value by value: (count, S, S, 3) uint8."""
    share = np.linspace(0, 1, count)[:, None, None, None]
    return ((1 - share) * start + share * end).round().astype(np.uint8)


def surprise(codes: np.ndarray, code: np.ndarray) -> float:
    """How far from the middle of codes a code lies: its distance, in the codes' own spread.

    codes: (N, D), code: (D,). The root mean square over the dimensions; about 1 for a typical one.
    """
    return float(np.sqrt((((code - codes.mean(0)) / codes.std(0)) ** 2).mean()))
