"""The networks of a run by onnxruntime, from its weights alone: no file beside them, no torch.

One face is thirty small convolutions; onnxruntime keeps their weights packed for the processor and
calls no Python in between. Each network becomes a program when it is first needed.
"""

from functools import cached_property
from pathlib import Path

import numpy as np

from explorer.decoding.shared_model import Draw
from training.compute.onnx_runtime import Program, program
from training.graphs.autoencoder import (
    code_loss_graph,
    outputs_graph,
    pixels_graph,
    posterior_graph,
)
from training.graphs.weights import read_weights
from training.run.run_folder import SHARP, read_config, readable, unreadable
from training.run.sharp_file import read_sharp, sharp_command


class NetworksOnCpu:
    """As `Networks` of explorer/decoding/shared_model.py says."""

    def __init__(self, run: Path):
        """Raises RunError for a run without whole weights."""
        self._config, self._weights = read_config(run).model, read_weights(run)
        self.log_sigma = self._weights["log_sigma"]
        self._code_losses: dict[float, Program] = {}  # by beta

    def means(self) -> Draw:
        """Draws the means of p(x|z)."""
        return _drawing(program(pixels_graph(self._weights, "decoder.", self._config)))

    def sharp(self, run: Path) -> Draw:
        """Draws typical pictures. Raises RunError for a damaged file."""
        found = read_sharp(run)
        try:
            graph = pixels_graph(found.weights, "decoder.", found.config)
        except (LookupError, ValueError) as error:
            path = run / SHARP
            command = sharp_command(run)
            raise unreadable(readable(path), path, error, command) from error
        return _drawing(program(graph))

    def outputs(self, codes: np.ndarray) -> np.ndarray:
        """What the decoder says of p(x|z)."""
        return self._outputs(z=codes)[0]

    def features(self, codes: np.ndarray) -> np.ndarray:
        """What the decoder's last layer is given."""
        return self._outputs(z=codes)[1]

    def code_loss(
        self, codes: np.ndarray, x: np.ndarray, beta: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far codes are from fitting pictures, and the gradient."""
        if beta not in self._code_losses:
            graph = code_loss_graph(self._weights, self._config, beta)
            self._code_losses[beta] = program(graph)
        loss, gradient = self._code_losses[beta](z=codes, picture=x)
        return loss, gradient

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log-variance of q(z|x)."""
        mean, *logvar = self._posterior(pictures=pictures)
        return mean, logvar[0] if logvar else np.full_like(mean, -np.inf)

    @cached_property
    def _outputs(self) -> Program:
        return program(outputs_graph(self._weights, self._config))

    @cached_property
    def _posterior(self) -> Program:
        return program(posterior_graph(self._weights, self._config))


def _drawing(pixels: Program) -> Draw:
    return lambda codes: pixels(z=codes)[0]
