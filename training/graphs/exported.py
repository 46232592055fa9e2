"""The networks for programs of others: pictures as floats, channels first, and all in one graph."""

from collections.abc import Mapping

import numpy as np

from training.graphs.autoencoder import CODE, decoded, mean_of, posterior
from training.graphs.traced import Traced
from training.graphs.writer import Writer
from training.model.config import ModelConfig
from training.model.likelihoods import slope

PICTURE = "picture"  # (B, C, S, S) float32 in [0, 1]

Weights = Mapping[str, np.ndarray]


def encoder_graph(weights: Weights, config: ModelConfig) -> bytes:
    """ "picture" -> "mean" (B, D), and "logvar" of a VAE."""
    writer = Writer(weights)
    picture = writer.input(PICTURE, (config.channels, config.size, config.size))
    return writer.model(posterior(writer, picture, config))


def decoder_graph(weights: Weights, config: ModelConfig) -> bytes:
    """ "z" (B, D) -> "picture", the mean of p(x|z)."""
    writer = Writer(weights)
    outputs, _, _ = decoded(writer, "decoder.", writer.input(CODE, (config.latent,)), config)
    return writer.model({PICTURE: mean_of(writer, outputs, config)})


def gradient_graph(weights: Weights, config: ModelConfig, beta: float) -> bytes:
    """ "z" (B, D), "picture" -> "gradient" (B, D), that of `code_loss` in training/codes/refine.py.

    beta: the weight of the rate that the model was trained with, above 0.
    """
    writer = Writer(weights)
    z = writer.input(CODE, (config.latent,))
    picture = writer.input(PICTURE, (config.channels, config.size, config.size))
    outputs, _, back = decoded(writer, "decoder.", z, config)
    given, x = Traced(writer, outputs), Traced(writer, picture)
    rising = slope(config.likelihood, given, weights["log_sigma"], x) / np.float32(beta)
    return writer.model(
        {"gradient": (Traced(writer, z) - Traced(writer, back(rising.value))).value}
    )
