"""The networks of an adopted model: the ONNX pair in its run folder. No torch, on any machine."""

from pathlib import Path

import numpy as np

from explorer.decoding.pixels import as_pixels, as_values
from explorer.decoding.shared_model import Draw
from training.run.onnx_pair import read_pair
from training.run.run_folder import not_ours, read_config


class NetworksOfOnnx:
    """As `Networks` of explorer/decoding/shared_model.py says, but for what a foreign decoder does
    not tell: that raises RunError, and `log_sigma` is NaN. The page does not ask for it
    (`ModelConfig.has_likelihood`).
    """

    def __init__(self, run: Path):
        """Raises RunError for a run without two whole networks."""
        self._run, self._config, self._pair = run, read_config(run), read_pair(run)
        self.log_sigma = np.array(np.nan, np.float32)

    def means(self) -> Draw:
        """Draws what the decoder draws."""
        return lambda codes: as_pixels(self._pair.decode(codes))

    def sharp(self, run: Path) -> Draw:
        """Raises RunError: a sharp renderer is trained beside networks of our own."""
        raise not_ours(self._run, self._config)

    def outputs(self, codes: np.ndarray) -> np.ndarray:
        """Raises RunError."""
        raise not_ours(self._run, self._config)

    def features(self, codes: np.ndarray) -> np.ndarray:
        """Raises RunError."""
        raise not_ours(self._run, self._config)

    def code_loss(
        self, codes: np.ndarray, x: np.ndarray, beta: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Raises RunError."""
        raise not_ours(self._run, self._config)

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log-variance of q(z|x)."""
        return self._pair.posterior(as_values(pictures, self._config.model.channels))
