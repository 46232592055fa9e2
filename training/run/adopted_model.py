"""An adopted model where training expects one of its own: what encode and evaluate work with."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.model.config import ModelConfig
from training.model.likelihoods import Likelihood
from training.model.networks import Autoencoder
from training.model.posterior import Posterior
from training.run.onnx_pair import OnnxPair, read_pair
from training.run.run_folder import load_model, read_config


class AdoptedModel(Autoencoder):
    """Networks of others, computed on the CPU wherever the tensors are; they have no gradients.

    They draw pictures, and tell nothing more of p(x|z): `log_sigma` is NaN.
    """

    def __init__(self, config: ModelConfig, pair: OnnxPair):
        nn.Module.__init__(self)  # without networks of our own
        self.config, self._pair = config, pair
        self.register_buffer("log_sigma", torch.tensor(torch.nan))

    def posterior(self, x: Tensor) -> Posterior:
        """(B, C, S, S) -> q(z|x), or a point mass where the model has none."""
        found = self._pair.posterior(_array(x))
        return Posterior(*(torch.from_numpy(part).to(x.device) for part in found))

    def output(self, z: Tensor) -> Likelihood:
        """Raises TypeError: there is a mean alone, see `decode`."""
        raise TypeError("an adopted model tells no likelihood")

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, S, S) float32 in [0, 1]."""
        return torch.from_numpy(self._pair.decode(_array(z))).to(z.device)


def load_any(run: Path, device: torch.device | str = "cpu") -> Autoencoder:
    """The model of a run, its own or an adopted one. Raises RunError as `load_model` does."""
    config = read_config(run).model
    if not config.adopted:
        return load_model(run, device)
    return AdoptedModel(config, read_pair(run)).to(device)


def _array(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().cpu().numpy())
