"""The decoder service: codes to pictures on the best device, shared by all sessions."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import torch

from training.device import pick_device
from training.run_folder import load_model

LARGEST_BATCH = 256  # bounds the memory of one call


class Decoder:
    """One frozen model on one device. Safe to call from many threads; calls take turns.

    device: "cuda", "mps", "cpu"; on a CPU this process computes on half of the cores from then on.
    last_ms: wall time of the latest call in milliseconds.
    """

    def __init__(self, run: Path, device: str = "auto"):
        """Raises RunError for a run without whole weights, ValueError for an absent device."""
        self._device = pick_device(device)
        if self._device.type == "cpu":
            # Threads wait for each other at every layer: on a busy machine a second one makes a
            # face thirty times slower, on an idle one a fifth faster.
            torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
        self._model = load_model(run, self._device)
        self._turn = threading.Lock()
        self.device = self._device.type
        self.last_ms = 0.0

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 codes -> (B, S, S, 3) uint8 RGB, the means of p(x|z).

        Raises ValueError for another shape and for codes that are not finite.
        """
        z = torch.from_numpy(self.checked(codes))
        with self._turn, torch.inference_mode():
            started = time.perf_counter()
            parts = [self._pixels(part) for part in z.split(LARGEST_BATCH)]
            self.last_ms = 1000 * (time.perf_counter() - started)
        return np.concatenate(parts) if parts else np.zeros((0, *self.shape), np.uint8)

    def checked(self, codes: np.ndarray) -> np.ndarray:
        """The codes as contiguous (B, D) float32. Raises ValueError as `decode` does."""
        if codes.ndim != 2 or codes.shape[1] != self.latent:
            raise ValueError(f"expected codes of shape (B, {self.latent}); found {codes.shape}")
        if not np.isfinite(codes).all():
            raise ValueError("expected finite codes; found NaN or infinity")
        return np.array(codes, np.float32, order="C")  # a copy: what is given may be read-only

    @property
    def latent(self) -> int:
        """D, the number of latent dimensions."""
        return self._model.config.latent

    @property
    def shape(self) -> tuple[int, int, int]:
        """(S, S, 3), the shape of a picture."""
        size = self._model.config.size
        return size, size, 3

    def _pixels(self, z: torch.Tensor) -> np.ndarray:
        mean = self._model.decode(z.to(self._device))
        return (mean * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
