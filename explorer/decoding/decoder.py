"""The decoder as a renderer: the means of p(x|z), by the fastest way that its device has."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from explorer.decoding.cuda_graphs import Draw, FixedSizes, record
from explorer.decoding.renderer import LARGEST_BATCH, checked
from explorer.decoding.shared_model import SharedModel
from training.model import networks
from training.model.likelihoods import likelihood


class Decoder:
    """The `Renderer` that every run has; its calls take turns at the model."""

    def __init__(self, model: SharedModel):
        self.device, self.latent, self.shape = model.device.type, model.latent, model.shape
        self._model = model
        self._network: Callable[[Tensor], Tensor] = model.network.decoder
        if self.device == "cpu":
            self._network = fastest_on_cpu(model.network.decoder)
        self._draw: Draw = self._plain
        if self.device == "cuda":
            self._draw = FixedSizes(self._record, self._plain)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 codes -> (B, S, S, 3) uint8 RGB, the means of p(x|z).

        Raises ValueError for another shape and for codes that are not finite.
        """
        z = torch.from_numpy(checked(codes, self.latent))
        with self._model.turn():
            parts = [self._draw(part).numpy() for part in z.split(LARGEST_BATCH) if len(z)]
        return np.concatenate(parts) if parts else np.zeros((0, *self.shape), np.uint8)

    def _plain(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, S, S, 3) uint8, both on the CPU."""
        model = self._model
        return pixels(model.network, z.to(model.device), self._network).cpu()

    def _record(self, size: int) -> Draw:
        """The same for batches of one size, on a GPU."""
        model = self._model
        return record(partial(pixels, model.network), size, self.latent, model.device)


def pixels(
    model: networks.Autoencoder, z: Tensor, network: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """(B, D) codes -> (B, S, S, 3) uint8 RGB on the same device, the means of p(x|z).

    network: what computes the model's decoder, where it is not the model itself.
    """
    output = (network or model.decoder)(z)
    mean = likelihood(model.config.likelihood, output, model.log_sigma).mean
    return (mean * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def fastest_on_cpu(network: networks.Decoder) -> Callable[[Tensor], Tensor]:
    """The network through onnxruntime, or itself where that is not installed."""
    try:
        from explorer.decoding.onnx_decoder import on_cpu
    except ImportError:
        return network
    return on_cpu(network, torch.get_num_threads())
