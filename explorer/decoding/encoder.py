"""From pictures back to codes: what the encoder guesses, and codes that fit better."""

from collections.abc import Iterator

import numpy as np

from explorer.decoding.pixels import as_values
from explorer.decoding.shared_model import SharedModel
from training.codes.descent import descend
from training.model.posterior import Posterior

STEPS = 8  # of own photos: a face alone can wait a little longer than all of a data set


class Encoder:
    """q(z|x) of a model, and codes that fit better. Safe to call from many threads.

    beta: the weight of the rate that the model was trained with.
    """

    def __init__(self, model: SharedModel, beta: float):
        self._model, self._beta = model, beta

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 RGB, B <= LARGEST_BATCH -> (B, D) float32, the means of q(z|x).

        Raises ValueError for another shape or type.
        """
        return self.posterior(pictures)[0]

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log-variance of q(z|x), each (B, D) float32; pictures and errors: as `encode`.

        The hourglass has a log-variance of minus infinity.
        """
        return self._model.networks.posterior(self._checked(pictures))

    def refined(self, pictures: np.ndarray, steps: int = STEPS) -> np.ndarray:
        """Codes that fit their pictures: the last of `refinements`, (B, D) float32."""
        *_, codes = self.refinements(pictures, steps)
        return codes

    def refinements(self, pictures: np.ndarray, steps: int = STEPS) -> Iterator[np.ndarray]:
        """The encoder's codes, and as training/codes/descent.py moves them step by step.

        Gives (B, D) float32 for 0, 1, ... `steps` steps; a model without a likelihood has none.
        Other sessions get their turn between them. pictures, errors: as `encode`.
        """
        x = as_values(self._checked(pictures), self._model.channels)
        mean, logvar = self.posterior(pictures)
        config = self._model.config
        guess = Posterior(mean, logvar if config.kind == "vae" else None)
        moves = config.has_likelihood and self._beta > 0
        networks, beta = self._model.networks, self._beta
        yield from descend(
            lambda z, _: networks.code_loss(z, x, beta), guess, steps if moves else 0
        )

    def _checked(self, pictures: np.ndarray) -> np.ndarray:
        shape = self._model.shape
        if pictures.shape[1:] != shape or pictures.dtype != np.uint8:
            raise ValueError(
                f"expected pictures of shape (B, {', '.join(map(str, shape))}) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        return pictures
