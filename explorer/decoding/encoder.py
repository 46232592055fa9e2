"""From pictures back to codes: what the encoder guesses, and codes that fit better."""

from collections.abc import Iterator

import numpy as np

from explorer.decoding.pixels import as_values
from explorer.decoding.shared_model import SharedModel
from training.codes.descent import descend
from training.model.likelihoods import likelihood, slope
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

        Gives (B, D) float32 for 0, 1, ... `steps` steps; the hourglass has no steps, nor
        has a model without a likelihood. Other sessions get their turn between them. pictures,
        errors: as `encode`.
        """
        x = as_values(self._checked(pictures), self._model.channels)
        guess = Posterior(*self.posterior(pictures))
        config = self._model.config
        moves = config.kind == "vae" and config.has_likelihood and self._beta > 0
        yield from descend(lambda z, wanted: self._look(x, z, wanted), guess, steps if moves else 0)

    def _look(self, x: np.ndarray, z: np.ndarray, wanted: bool) -> tuple[np.ndarray, np.ndarray]:
        """-log p(x|z) / beta + |z|^2 / 2, (B,), and its gradient, (B, D), where it is wanted."""
        networks, name = self._model.networks, self._model.config.likelihood
        outputs = networks.outputs(z)
        density = likelihood(name, outputs, networks.log_sigma).log_density(x)
        loss = 0.5 * np.square(z).sum(1) - density.reshape(len(z), -1).sum(1) / self._beta
        if not wanted:
            return loss, np.zeros_like(z)
        # Divided at once: the gradient keeps the range of single precision.
        rising = slope(name, outputs, networks.log_sigma, x) / np.float32(self._beta)
        return loss, z - networks.gradient(z, rising.astype(np.float32))

    def _checked(self, pictures: np.ndarray) -> np.ndarray:
        shape = self._model.shape
        if pictures.shape[1:] != shape or pictures.dtype != np.uint8:
            raise ValueError(
                f"expected pictures of shape (B, {', '.join(map(str, shape))}) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        return pictures
