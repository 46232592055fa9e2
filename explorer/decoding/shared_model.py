"""One frozen model on the best device, which all that compute with it take in turns."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from training.compute.device import pick_device
from training.model.networks import Autoencoder
from training.run.run_folder import load_model


class SharedModel:
    """Safe to use from many threads: `turn` lends the model to one at a time.

    device: on a CPU this process computes on half of the cores from then on. network: the model
    itself, to build on; to compute with it takes a turn. latent: D, the number of latent
    dimensions. shape: (S, S, 3), that of a picture as it is shown; channels: 3, or 1 of grey.
    """

    def __init__(self, run: Path, device: str = "auto"):
        """Raises RunError for a run without whole weights, ValueError for an absent device."""
        self.device = pick_device(device)
        if self.device.type == "cpu":
            # Threads wait for each other at every layer: on a busy machine a second one makes a
            # face thirty times slower, on an idle one a fifth faster.
            torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
        self.network = load_model(run, self.device)
        self.latent = self.network.config.latent
        self.channels = self.network.config.channels
        self.shape = (self.network.config.size, self.network.config.size, 3)
        self._free = threading.Lock()

    @contextmanager
    def turn(self, gradients: bool = False) -> Iterator[Autoencoder]:
        """The model for as long as the block lasts; the others wait meanwhile.

        gradients: whether of codes; the weights stay frozen.
        """
        with self._free, torch.enable_grad() if gradients else torch.inference_mode():
            yield self.network
