"""The networks of a run by torch, on the device of torch that is asked for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.decoding.cuda_graphs import FixedSizes, record
from explorer.decoding.in_flight import InFlight, Launch, Waiting, in_flight_on
from explorer.decoding.shared_model import Draw
from training.codes.refine import loss_and_gradient
from training.graphs.autoencoder import LUMA
from training.model.likelihoods import likelihood
from training.model.networks import Autoencoder
from training.run.run_folder import load_model
from training.run.sharp import load_sharp


class NetworksOnGpu:
    """As `Networks` of explorer/decoding/shared_model.py says; calls take turns at the device.

    in_flight: where pictures are waited for after one's turn; None elsewhere than on CUDA.
    """

    def __init__(self, run: Path, device: str):
        """Raises RunError for a run without whole weights."""
        self.device = torch.device(device)
        self.model = load_model(run, self.device)
        self.log_sigma = self.model.log_sigma.cpu().numpy()
        self._free = threading.Lock()
        self.in_flight: InFlight | None = None
        if self.device.type == "cuda":
            side = self.model.config.size
            self.in_flight = in_flight_on(self.device, (side, side, 3))

    @contextmanager
    def turn(self, gradients: bool = False) -> Iterator[Autoencoder]:
        """The model for as long as the block lasts; the others wait meanwhile.

        gradients: whether of codes; the weights stay frozen.
        """
        with self._free, torch.enable_grad() if gradients else torch.inference_mode():
            yield self.model

    def means(self) -> Draw:
        """Draws the means of p(x|z)."""
        return Drawing(self, mean_of(self.model))

    def sharp(self, run: Path) -> Draw:
        """Draws typical pictures."""
        return Drawing(self, load_sharp(run, self.device).network)

    def outputs(self, codes: np.ndarray) -> np.ndarray:
        """What the decoder says of p(x|z)."""
        with self.turn() as model:
            return model.decoder(self._tensor(codes)).cpu().numpy()

    def features(self, codes: np.ndarray) -> np.ndarray:
        """What the decoder's last layer is given."""
        with self.turn() as model:
            return model.decoder.features(self._tensor(codes)).float().cpu().numpy()

    def code_loss(
        self, codes: np.ndarray, x: np.ndarray, beta: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far codes are from fitting pictures, and the gradient."""
        with self.turn(gradients=True) as model:
            found = loss_and_gradient(model, self._tensor(x), self._tensor(codes), beta)
            loss, gradient = (tensor.cpu().numpy() for tensor in found)
        return loss, gradient

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log-variance of q(z|x)."""
        with self.turn() as model:
            x = self._tensor(pictures).permute(0, 3, 1, 2).float() / 255
            if model.config.channels == 1:
                x = torch.tensordot(torch.tensor(LUMA, device=x.device), x, ([0], [1]))[:, None]
            mean, logvar = model.posterior(x)
            return mean.cpu().numpy(), logvar.cpu().numpy()

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device)


class Drawing:
    """A `Draw`: on CUDA by recorded graphs, elsewhere plainly.

    launch: begins to draw, in one's turn. pixels: (B, D) -> (B, S, S, 3) uint8, on the device.
    """

    def __init__(self, networks: NetworksOnGpu, picture: Callable[[Tensor], Tensor]):
        """picture: (B, D) -> (B, C, S, S) in [0, 1], on the device."""
        self._networks, self.pixels = networks, partial(pixels, picture)
        self.launch: Launch = self._at_once
        if networks.in_flight is not None:
            latent, device = networks.model.config.latent, networks.device
            self.launch = FixedSizes(
                lambda size: record(self.pixels, size, latent, device),
                self.pixels,
                networks.in_flight,
            )

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 -> (B, S, S, 3) uint8."""
        with self._networks.turn():
            pictures = self.launch(torch.from_numpy(codes))
        return pictures().numpy()  # while others have their turn

    def _at_once(self, codes: Tensor) -> Waiting:
        drawn = self.pixels(codes.to(self._networks.device)).cpu()
        return lambda: drawn


def mean_of(model: Autoencoder) -> Callable[[Tensor], Tensor]:
    """Codes (B, D) -> the means of p(x|z), (B, C, S, S) in [0, 1]."""
    config = model.config
    return lambda z: likelihood(config.likelihood, model.decoder(z), model.log_sigma).mean


def pixels(picture: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """(B, D) codes -> (B, S, S, 3) uint8 RGB on the same device."""
    values = picture(z)
    if values.shape[1] == 1:  # grey
        values = values.expand(-1, 3, -1, -1)
    return (values * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
