"""Between the pictures that are shown and the values that networks compute with."""

import numpy as np

from training.graphs.autoencoder import LUMA


def as_pixels(values: np.ndarray) -> np.ndarray:
    """(B, C, S, S) in [0, 1] -> (B, S, S, 3) uint8; grey becomes three equal channels."""
    levels = (values.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
    return np.repeat(levels, 3, -1) if levels.shape[-1] == 1 else np.ascontiguousarray(levels)


def as_values(pictures: np.ndarray, channels: int) -> np.ndarray:
    """(B, S, S, 3) uint8 -> (B, C, S, S) float32 in [0, 1]."""
    x = pictures.transpose(0, 3, 1, 2) / np.float32(255)
    return x if channels == 3 else np.tensordot(np.array(LUMA, np.float32), x, (0, 1))[:, None]
