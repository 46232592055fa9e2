"""A renderer that draws what could be real, and the mean where nothing real lies.

The mean of all codes is no face's code, and codes near it are nearer than any face is. A renderer
that was trained on codes of faces was never asked there and draws patterns of nothing.
"""

import numpy as np

from explorer.decoding.renderer import Renderer, checked

# Root mean square of standardised codes: faces have about 1, none of 3,175 validation faces less
# than NEAREST; below EMPTY the mean alone is drawn.
NEAREST, EMPTY = 0.6, 0.35


class FadingToMean:
    """A `Renderer` that fades to another one's drawing near the mean of all codes.

    center, spread: (D,) float32 of the codes.
    """

    def __init__(
        self, renderer: Renderer, mean: Renderer, center: np.ndarray, spread: np.ndarray
    ) -> None:
        self.device, self.latent, self.shape = renderer.device, renderer.latent, renderer.shape
        self._renderer, self._mean = renderer, mean
        self._center, self._spread = center, np.maximum(spread, 1e-6)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """As `Renderer.decode`; each draws what is seen of it, so codes of faces cost no more."""
        z = checked(codes, self.latent)
        share = self.share(z)
        if (share == 1).all():
            return self._renderer.decode(z)
        drawn = np.zeros((len(z), *self.shape))
        for renderer, part in ((self._renderer, share), (self._mean, 1 - share)):
            seen = np.flatnonzero(part)
            if len(seen):
                drawn[seen] += part[seen, None, None, None] * renderer.decode(z[seen])
        return drawn.round().astype(np.uint8)

    def share(self, z: np.ndarray) -> np.ndarray:
        """How much of the renderer's own drawing is seen: (B,) float64, 0 to 1."""
        distance = np.sqrt(np.square((z - self._center) / self._spread).mean(1))
        return np.clip((distance - EMPTY) / (NEAREST - EMPTY), 0, 1)
