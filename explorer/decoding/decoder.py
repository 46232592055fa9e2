"""Drawings of a model's codes as renderers."""

import numpy as np

from explorer.decoding.renderer import LARGEST_BATCH, checked
from explorer.decoding.shared_model import Draw, SharedModel


class Decoder:
    """A `Renderer`. On a CPU many threads may draw at once; on a GPU they begin one after another,
    and each waits for its own pictures.
    """

    def __init__(self, model: SharedModel, draw: Draw | None = None):
        """draw: codes of this model; the means of p(x|z) where None."""
        self.device, self.latent, self.shape = model.device, model.latent, model.shape
        self._draw = draw or model.networks.means()

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 codes -> (B, S, S, 3) uint8 RGB.

        Raises ValueError for another shape and for codes that are not finite.
        """
        z = checked(codes, self.latent)
        starts = range(0, len(z), LARGEST_BATCH)
        drawn = [self._draw(z[start : start + LARGEST_BATCH]) for start in starts]
        if len(drawn) == 1:
            return drawn[0]
        return np.concatenate(drawn) if drawn else np.zeros((0, *self.shape), np.uint8)
