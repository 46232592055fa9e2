"""What draws codes: all that the queue, the live route, exports, the report card and pages need.

Two renderers of a model take the same codes and differ in how they draw them.
"""

from typing import Protocol

import numpy as np

LARGEST_BATCH = 256  # bounds the memory of one call


class Renderer(Protocol):
    """Draws codes. Safe to call from many threads.

    device: "cuda", "mps" or "cpu". latent: D, the number of latent dimensions. shape: (S, S, 3),
    that of a picture.
    """

    device: str
    latent: int
    shape: tuple[int, int, int]

    def __hash__(self) -> int:
        """Renderers are keys of caches, each itself and no other."""

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 codes, any B -> (B, S, S, 3) uint8 RGB.

        Raises ValueError as `checked` does.
        """


def checked(codes: np.ndarray, latent: int) -> np.ndarray:
    """The codes as contiguous (B, latent) float32.

    Raises ValueError for another shape and for codes that are not finite.
    """
    if codes.ndim != 2 or codes.shape[1] != latent:
        raise ValueError(f"expected codes of shape (B, {latent}); found {codes.shape}")
    if not np.isfinite(codes).all():
        raise ValueError("expected finite codes; found NaN or infinity")
    return np.array(codes, np.float32, order="C")  # a copy: what is given may be read-only
