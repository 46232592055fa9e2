"""Networks that draw codes as renderers, each by the fastest way that its device has."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.decoding.cuda_graphs import Draw, FixedSizes, record
from explorer.decoding.renderer import LARGEST_BATCH, checked
from explorer.decoding.shared_model import SharedModel
from training.model import networks
from training.model.likelihoods import likelihood
from training.run.sharp import SharpDecoder


class Drawing(NamedTuple):
    """How codes are drawn: picture(network(z)) is (B, C, S, S) in [0, 1] for codes (B, D).

    network: most of the work. picture: of its outputs.
    """

    network: networks.Decoder
    picture: Callable[[Tensor], Tensor]


def means(model: networks.Autoencoder) -> Drawing:
    """The means of p(x|z)."""

    def mean(output: Tensor) -> Tensor:
        return likelihood(model.config.likelihood, output, model.log_sigma).mean

    return Drawing(model.decoder, mean)


def sharp(network: SharpDecoder) -> Drawing:
    """Typical pictures, whose detail the network invents."""
    return Drawing(network.decoder, torch.sigmoid)


class Decoder:
    """A `Renderer`; its calls take turns at the model, whichever network they are drawn by, unless
    onnxruntime draws, which many threads may ask at once.
    """

    def __init__(self, model: SharedModel, drawing: Drawing | None = None):
        """drawing: of codes of this model, on its device; the means of p(x|z) where None."""
        drawing = drawing or means(model.network)
        self.device, self.latent, self.shape = model.device.type, model.latent, model.shape
        self._model = model
        network: Callable[[Tensor], Tensor] = drawing.network
        self._turn: Callable[[], AbstractContextManager] = model.turn
        if self.device == "cpu":
            network = fastest_on_cpu(drawing.network)
            if network is not drawing.network:
                self._turn = torch.inference_mode
        self._pixels = partial(pixels, network, drawing.picture)
        self._draw: Draw = self._plain
        if self.device == "cuda":
            self._draw = FixedSizes(self._record, self._plain)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 codes -> (B, S, S, 3) uint8 RGB.

        Raises ValueError for another shape and for codes that are not finite.
        """
        z = torch.from_numpy(checked(codes, self.latent))
        with self._turn():
            parts = [self._draw(part).numpy() for part in z.split(LARGEST_BATCH) if len(z)]
        return np.concatenate(parts) if parts else np.zeros((0, *self.shape), np.uint8)

    def _plain(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, S, S, 3) uint8, both on the CPU."""
        return self._pixels(z.to(self._model.device)).cpu()

    def _record(self, size: int) -> Draw:
        """The same for batches of one size, on a GPU."""
        return record(self._pixels, size, self.latent, self._model.device)


def pixels(
    network: Callable[[Tensor], Tensor], picture: Callable[[Tensor], Tensor], z: Tensor
) -> Tensor:
    """(B, D) codes -> (B, S, S, 3) uint8 RGB on the same device; the others as in `Drawing`."""
    values = picture(network(z))
    if values.shape[1] == 1:  # grey
        values = values.expand(-1, 3, -1, -1)
    return (values * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def fastest_on_cpu(network: networks.Decoder) -> Callable[[Tensor], Tensor]:
    """The network through onnxruntime, or itself where that is not installed."""
    try:
        from explorer.decoding.onnx_decoder import on_cpu
    except ImportError:
        return network
    return on_cpu(network, torch.get_num_threads())
