"""From pictures back to codes: what the encoder guesses, and codes that fit better."""

from collections.abc import Iterator

import numpy as np
import torch

from explorer.decoding.shared_model import SharedModel
from training.codes.refine import refinements

LUMA = (0.299, 0.587, 0.114)  # what red, green and blue add to grey (ITU-R BT.601)
STEPS = 8  # of own photos: a face alone can wait a little longer than all of a data set


class Encoder:
    """q(z|x) of a model, and codes that fit better. Safe to call from many threads; its calls
    take turns at the model.

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
        x = self._values(pictures)
        with self._model.turn() as network:
            mean, logvar = network.posterior(x)
            return mean.cpu().numpy(), logvar.cpu().numpy()

    def refined(self, pictures: np.ndarray, steps: int = STEPS) -> np.ndarray:
        """Codes that fit their pictures: the last of `refinements`, (B, D) float32."""
        *_, codes = self.refinements(pictures, steps)
        return codes

    def refinements(self, pictures: np.ndarray, steps: int = STEPS) -> Iterator[np.ndarray]:
        """The encoder's codes, and as training/codes/refine.py moves them step by step.

        Gives (B, D) float32 for 0, 1, ... `steps` steps; the hourglass has no steps. Other sessions
        get their turn between them. pictures, errors: as `encode`.
        """
        x = self._values(pictures)
        with self._model.turn() as network:
            posterior = network.posterior(x)
        found = refinements(self._model.network, x, posterior, self._beta, steps)
        while True:
            with self._model.turn():
                codes = next(found, None)
            if codes is None:
                return
            yield codes.cpu().numpy()

    def _values(self, pictures: np.ndarray) -> torch.Tensor:
        """(B, S, S, 3) uint8 -> (B, C, S, S) float32 in [0, 1] on the device."""
        shape = self._model.shape
        if pictures.shape[1:] != shape or pictures.dtype != np.uint8:
            raise ValueError(
                f"expected pictures of shape (B, {', '.join(map(str, shape))}) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        x = torch.from_numpy(np.array(pictures)).to(self._model.device)
        x = x.permute(0, 3, 1, 2).float() / 255
        if self._model.channels == 3:
            return x
        return torch.tensordot(torch.tensor(LUMA, device=x.device), x, ([0], [1]))[:, None]
