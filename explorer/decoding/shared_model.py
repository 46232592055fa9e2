"""The networks of a run, frozen, on the best device; numpy goes in and comes out.

On a CPU onnxruntime computes them, which draws a face in about half of torch's time, and torch is
not even imported. On a GPU it is torch. Those of an adopted model onnxruntime computes anywhere.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from explorer.decoding.device import pick_device
from training.run.run_folder import read_config

Draw = Callable[[np.ndarray], np.ndarray]  # (B, D) float32 codes -> (B, S, S, 3) uint8, B > 0


class Networks(Protocol):
    """What computes. Safe to call from many threads. Codes: (B, D) float32, B > 0."""

    log_sigma: np.ndarray

    def means(self) -> Draw:
        """Draws the means of p(x|z)."""

    def sharp(self, run: Path) -> Draw:
        """Draws typical pictures, whose detail the network invents. Raises RunError."""

    def outputs(self, codes: np.ndarray) -> np.ndarray:
        """What the decoder says of p(x|z): (B, C P, S, S) float32."""

    def features(self, codes: np.ndarray) -> np.ndarray:
        """What the decoder's last layer is given: (B, C, S / 2, S / 2) float32."""

    def code_loss(
        self, codes: np.ndarray, x: np.ndarray, beta: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far codes are from fitting pictures x, (B, C, S, S) float32 in [0, 1], as
        training/codes/refine.py says: (B,) nats, and the gradient (B, D), float32.
        """

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, S, S, 3) uint8 -> mean and log-variance of q(z|x), (B, D) float32 each."""


class SharedModel:
    """Safe to use from many threads.

    device: "cpu", "cuda" or "mps". config: of the model. networks: compute with it. latent: D, the
    number of latent dimensions. shape: (S, S, 3), that of a picture as it is shown; channels: 3, or
    1 of grey.
    """

    def __init__(self, run: Path, device: str = "auto"):
        """Raises RunError for a run without whole weights, ValueError for an absent device."""
        self.config = read_config(run).model
        self.device = "cpu" if self.config.adopted else pick_device(device)
        self.networks = _networks(run, self.device, bool(self.config.adopted))
        self.latent, self.channels = self.config.latent, self.config.channels
        self.shape = (self.config.size, self.config.size, 3)


def _networks(run: Path, device: str, adopted: bool) -> Networks:
    if adopted:
        from explorer.decoding.networks_of_onnx import NetworksOfOnnx

        return NetworksOfOnnx(run)
    if device == "cpu":
        from explorer.decoding.networks_on_cpu import NetworksOnCpu

        return NetworksOnCpu(run)
    from explorer.decoding.networks_on_gpu import NetworksOnGpu

    return NetworksOnGpu(run, device)
