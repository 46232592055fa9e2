"""From pictures back to codes: what the encoder says, and codes refined by gradient steps."""

from collections.abc import Callable

import numpy as np
import torch

from explorer.decoding.renderer import checked
from explorer.decoding.shared_model import SharedModel
from training.model.networks import VAE

REFINE_STEPS, REFINE_RATE = 60, 0.05  # of Adam; most codes move by less than one unit


class Encoder:
    """q(z|x) of a model, and the most probable code. Safe to call from many threads; its calls
    take turns at the model.
    """

    def __init__(self, model: SharedModel):
        self._model = model

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

    def refine(
        self,
        picture: np.ndarray,
        code: np.ndarray,
        steps: int = REFINE_STEPS,
        progress: Callable[[float], object] = lambda done: None,
    ) -> np.ndarray:
        """The code of smallest loss on `steps` steps of Adam from `code`: (D,) float32.

        The loss is -log p(x|z) - log p(z) up to constants, so its minimum is the most probable
        code of the picture (MAP); the hourglass has no prior and leaves that term out. The start
        counts too: the result is never worse. Other sessions get their turn between steps.

        picture: (S, S, 3) uint8. code: (D,). progress: told the share done, up to 1.
        Raises ValueError as `encode` does, and for a code of another shape or not finite.
        """
        model = self._model
        x = self._values(picture[None])
        z = torch.from_numpy(checked(code[None], model.latent)).to(model.device).requires_grad_()
        prior = 1.0 if isinstance(model.network, VAE) else 0.0
        optimizer = torch.optim.Adam([z], lr=REFINE_RATE)
        best, least = z.detach().clone(), torch.inf
        for step in range(steps + 1):  # the last one only looks at the loss
            with model.turn(gradients=True) as network:
                density = network.output(z).log_density(x).sum()
                loss = 0.5 * prior * z.square().sum() - density
                if loss.item() < least:
                    best, least = z.detach().clone(), loss.item()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            progress(step / max(steps, 1))
        return best[0].cpu().numpy()

    def _values(self, pictures: np.ndarray) -> torch.Tensor:
        """(B, S, S, 3) uint8 -> (B, 3, S, S) float32 in [0, 1] on the device."""
        shape = self._model.shape
        if pictures.shape[1:] != shape or pictures.dtype != np.uint8:
            raise ValueError(
                f"expected pictures of shape (B, {', '.join(map(str, shape))}) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        x = torch.from_numpy(np.array(pictures)).to(self._model.device)
        return x.permute(0, 3, 1, 2).float() / 255
