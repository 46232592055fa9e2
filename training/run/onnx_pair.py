"""The networks of an adopted model, run by onnxruntime on the CPU. No torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.compute.onnx_runtime import program_of_others
from training.run.run_folder import PAIR, RunError, adopt_command, read_config, unreadable


@dataclass(frozen=True)
class OnnxPair:
    """Encoder and decoder as others made them. Safe to call from many threads.

    encoder: pictures (B, C, S, S) float32 -> mean (B, D), and the log-variance (B, D) of a VAE.
    decoder: codes (B, D) float32 -> pictures (B, C, S, S). pixel_range: what black and white are to
    both; the methods speak of pictures in [0, 1]. Calls raise ValueError for what the networks do
    not take.
    """

    encoder: Callable[[np.ndarray], list[np.ndarray]]
    decoder: Callable[[np.ndarray], list[np.ndarray]]
    pixel_range: tuple[int, ...] = (0, 1)

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, C, S, S) float32 in [0, 1] -> mean and log-variance of q(z|x), (B, D) float32 each.

        The log-variance of a plain autoencoder is minus infinity.
        """
        black, white = self.pixel_range
        mean, *logvar = self.encoder(np.float32(white - black) * pictures + np.float32(black))
        return mean, logvar[0] if logvar else np.full_like(mean, -np.inf)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 -> (B, C, S, S) float32 in [0, 1]; what lies beyond is cut off."""
        black, white = self.pixel_range
        drawn = self.decoder(codes)[0]
        return ((drawn - np.float32(black)) / np.float32(white - black)).clip(0, 1)


def onnx_pair(encoder: bytes, decoder: bytes, pixel_range: tuple[int, ...] = (0, 1)) -> OnnxPair:
    """Of two graphs. Raises ValueError for what is none."""
    return OnnxPair(program_of_others(encoder), program_of_others(decoder), pixel_range)


def read_pair(run: Path) -> OnnxPair:
    """That of a run folder. Raises RunError for a missing or damaged file."""
    programs, command = [], adopt_command(run)
    for path in (run / name for name in PAIR):
        if not path.is_file():
            raise RunError(f"{path.name} in {run}", "no such file", command)
        try:
            programs.append(program_of_others(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise unreadable(f"a network in {path}", path, error, command) from error
    encoder, decoder = programs
    return OnnxPair(encoder, decoder, read_config(run).model.pixel_range)
