"""Encoder and decoder of training/model/networks.py as graphs, line by line."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count

import numpy as np

from training.graphs import onnx_file
from training.graphs.traced import Traced
from training.graphs.writer import Layer, Pullback, Value, Writer
from training.model.arrays import Array
from training.model.config import ModelConfig
from training.model.likelihoods import OUTPUTS, likelihood, slope

CODE, PICTURES = "z", "pictures"
PICTURE = "picture"  # (B, C, S, S) float32 in [0, 1]
LUMA = (0.299, 0.587, 0.114)  # what red, green and blue add to grey (ITU-R BT.601)


def encoder_layers(
    writer: Writer, prefix: str, widths: tuple[int, ...], blocks: tuple[int, ...]
) -> Iterator[Layer]:
    """The levels of `Encoder`."""
    number = count()
    for width, repeats in zip(widths, blocks, strict=True):
        next(number)  # of space to depth, which has no weights
        yield partial(writer.conv_down, f"{prefix}levels.{next(number)}", width)
        for _ in range(repeats):
            yield partial(_block, writer, f"{prefix}levels.{next(number)}")


def encoded(
    writer: Writer, prefix: str, x: Value, widths: tuple[int, ...], blocks: tuple[int, ...]
) -> Value:
    """What `Encoder` gives for pictures (B, 3, S, S) in [0, 1]: (B, outputs)."""
    h, _ = writer.chain(
        writer.scaled(x, 2, -1), list(encoder_layers(writer, prefix, widths, blocks))
    )
    h, _ = writer.chain(h, [partial(writer.group_norm, f"{prefix}norm"), writer.silu])
    return writer.linear(f"{prefix}head", writer.flat(h))[0]


def decoder_layers(writer: Writer, prefix: str, config: ModelConfig) -> Iterator[Layer]:
    """The levels of `Decoder`; the last one is its last layer."""
    widths, number = config.widths[::-1], count()
    channels = (*widths[1:], config.channels * OUTPUTS[config.likelihood])
    for k, repeats in enumerate(config.blocks_of_decoder[::-1]):
        for _ in range(repeats):
            yield partial(_block, writer, f"{prefix}levels.{next(number)}")
        if k == len(widths) - 1:
            yield partial(writer.group_norm, f"{prefix}levels.{next(number)}")
            next(number)
            yield writer.silu
        yield partial(writer.conv_up, f"{prefix}levels.{next(number)}", channels[k])
        next(number)  # of depth to space


def decoded(
    writer: Writer, prefix: str, z: Value, config: ModelConfig
) -> tuple[Value, Value, Pullback]:
    """What `Decoder` gives for codes (B, D), what its last layer is given, and its pullback."""
    wide, stem = writer.linear(f"{prefix}stem", z, config.widths[-1] * config.grid**2)
    h = writer.reshape(wide, config.widths[-1], config.grid, config.grid)
    *before, last = decoder_layers(writer, prefix, config)
    features, levels = writer.chain(h, before)
    y, end = last(features)
    return y, features, lambda gradient: stem(writer.flat(levels(end(gradient))))


def encoder_outputs(writer: Writer, x: Value, config: ModelConfig) -> Value:
    """What a model's encoder gives for pictures (B, C, S, S) in [0, 1]: (B, D), or (B, 2 D)."""
    found = encoded(writer, "encoder.", x, config.widths, config.blocks_of_encoder)
    wanted = config.latent * (2 if config.kind == "vae" else 1)
    if found.shape != (wanted,):
        raise ValueError(f"expected an encoder of {wanted} outputs; found {found.shape}")
    return found


def as_bytes(writer: Writer, x: Value) -> Value:
    """(B, C, S, S) in [0, 1] -> (B, S, S, 3) uint8; grey becomes three equal channels."""
    levels = writer.node("Round", x.shape, writer.scaled(x, 255))
    whole = writer.node("Cast", x.shape, levels, to=onnx_file.UINT8)
    if x.shape[0] == 1:
        whole = writer.node("Concat", (3, *x.shape[1:]), whole, whole, whole, axis=1)
    return writer.node("Transpose", (*x.shape[1:], 3), whole, perm=[0, 2, 3, 1])


def from_bytes(writer: Writer, config: ModelConfig, name: str = PICTURES) -> Value:
    """An input (B, S, S, 3) uint8 as (B, C, S, S) in [0, 1]."""
    size = config.size
    x = writer.input(name, (size, size, 3), onnx_file.UINT8)
    x = writer.node("Cast", x.shape, x, to=onnx_file.FLOAT)
    x = writer.node("Transpose", (3, size, size), x, perm=[0, 3, 1, 2])
    x = writer.node("Div", x.shape, x, writer.constant(np.array(255, np.float32)))
    if config.channels == 3:
        return x
    return writer.convolution(np.array(LUMA, np.float32).reshape(1, 3, 1, 1), None, x)


def pixels_graph(weights: Mapping[str, np.ndarray], prefix: str, config: ModelConfig) -> bytes:
    """ "z" (B, D) -> "pixels" (B, S, S, 3) uint8, the mean of p(x|z)."""
    writer = Writer(weights)
    outputs, _, _ = decoded(writer, prefix, writer.input(CODE, (config.latent,)), config)
    pixels = as_bytes(writer, mean_of(writer, outputs, config))
    return writer.model({"pixels": pixels}, onnx_file.UINT8)


def mean_of(writer: Writer, outputs: Value, config: ModelConfig) -> Value:
    """The mean of p(x|z), (B, C, S, S) in [0, 1], from what a decoder gives."""
    # No mean takes a scale that all values share.
    return likelihood(config.likelihood, Traced(writer, outputs), np.float32(0)).mean.value


def outputs_graph(weights: Mapping[str, np.ndarray], config: ModelConfig) -> bytes:
    """ "z" (B, D) -> "outputs" (B, C P, S, S), "features" (B, C, S / 2, S / 2)."""
    writer = Writer(weights)
    outputs, features, _ = decoded(writer, "decoder.", writer.input(CODE, (config.latent,)), config)
    return writer.model({"outputs": outputs, "features": features})


def posterior_graph(weights: Mapping[str, np.ndarray], config: ModelConfig) -> bytes:
    """ "pictures" (B, S, S, 3) uint8 -> "mean" (B, D), and "logvar" of a VAE."""
    writer = Writer(weights)
    return writer.model(posterior(writer, from_bytes(writer, config), config))


def posterior(writer: Writer, x: Value, config: ModelConfig) -> dict[str, Value]:
    """Of pictures (B, C, S, S) in [0, 1]: "mean" (B, D), and "logvar" of a VAE."""
    found, d = encoder_outputs(writer, x, config), config.latent
    if config.kind == "ae":
        return {"mean": found}
    mean, logvar = (writer.part(found, start, start + d) for start in (0, d))
    low, high = (writer.constant(np.array(end, np.float32)) for end in (-12, 6))
    return {"mean": mean, "logvar": writer.node("Clip", (d,), logvar, low, high)}


def encoder_graph(weights: Mapping[str, np.ndarray], config: ModelConfig) -> bytes:
    """ "picture" -> "mean" (B, D), and "logvar" of a VAE."""
    writer = Writer(weights)
    picture = writer.input(PICTURE, (config.channels, config.size, config.size))
    return writer.model(posterior(writer, picture, config))


def decoder_graph(weights: Mapping[str, np.ndarray], config: ModelConfig) -> bytes:
    """ "z" (B, D) -> "picture", the mean of p(x|z)."""
    writer = Writer(weights)
    outputs, _, _ = decoded(writer, "decoder.", writer.input(CODE, (config.latent,)), config)
    return writer.model({PICTURE: mean_of(writer, outputs, config)})


def code_loss_graph(weights: Mapping[str, np.ndarray], config: ModelConfig, beta: float) -> bytes:
    """ "z" (B, D), "picture" -> "loss" (B,) nats, `code_loss` of training/codes/refine.py, and its
    "gradient" (B, D).

    beta: the weight of the rate that the model was trained with, above 0.
    """
    writer, name, log_sigma = Writer(weights), config.likelihood, weights["log_sigma"]
    code = writer.input(CODE, (config.latent,))
    picture = writer.input(PICTURE, (config.channels, config.size, config.size))
    drawn, _, back = decoded(writer, "decoder.", code, config)
    arrays: list[Array] = [Traced(writer, value) for value in (code, picture, drawn)]
    z, x, outputs = arrays
    density = likelihood(name, outputs, log_sigma).log_density(x).reshape(len(x), -1).sum(1)
    rising = slope(name, outputs, log_sigma, x) / np.float32(beta)
    loss, gradient = -density / np.float32(beta), -Traced(writer, back(rising.value))
    if config.kind == "vae":
        loss, gradient = 0.5 * np.square(z).sum(1) + loss, z + gradient
    return writer.model({"loss": loss.value, "gradient": gradient.value})


def _block(writer: Writer, name: str, x: Value) -> tuple[Value, Pullback]:
    """`ResidualBlock`."""
    h, back = writer.chain(
        x,
        [
            partial(writer.group_norm, f"{name}.norm1"),
            writer.silu,
            partial(writer.conv, f"{name}.conv1"),
            partial(writer.group_norm, f"{name}.norm2"),
            writer.silu,
            partial(writer.conv, f"{name}.conv2"),
        ],
    )
    return writer.add(x, h), lambda gradient: writer.add(gradient, back(gradient))
