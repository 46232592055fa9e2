"""The weights of a run, without torch: read, and found to be those of its network."""

from pathlib import Path

import numpy as np

from data.errors import T_
from training.graphs.autoencoder import CODE, decoded, encoder_outputs, from_bytes
from training.graphs.writer import Writer
from training.model.config import ModelConfig
from training.run.run_folder import WEIGHTS, fit_command, no_such_file, own_config, unreadable
from training.run.tensors import BAD_TENSORS, load_tensors


def read_weights(run: Path) -> dict[str, np.ndarray]:
    """By name, as training/model/networks.py names them.

    Raises RunError when the folder is missing, or its weights are missing, damaged or of another
    network, and for an adopted model.
    """
    config = own_config(run).model
    path = run / WEIGHTS
    if not path.is_file():
        raise no_such_file(path, fit_command(run))
    try:
        weights = load_tensors(path, numpy=True).tensors
        check_weights(weights, config)
    except BAD_TENSORS as error:
        expected = T_("weights of {kind} in {path}", kind=config.kind, path=path)
        raise unreadable(expected, path, error, fit_command(run)) from error
    return weights


def check_weights(weights: dict[str, np.ndarray], config: ModelConfig) -> None:
    """Raises LookupError or ValueError where they are not all that such a model has."""
    writer = Writer(weights)
    decoded(writer, "decoder.", writer.input(CODE, (config.latent,)), config)
    encoder_outputs(writer, from_bytes(writer, config), config)
    writer.weight("log_sigma")
    if others := sorted(set(weights) - writer.used):
        raise ValueError(f"expected weights of {config.kind}; found others too: {others[:3]}")
