"""Encoder and decoder of training/model/networks.py as graphs, line by line."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count

import numpy as np

from training.graphs import onnx_file
from training.graphs.traced import Traced
from training.graphs.writer import Layer, Pullback, Value, Writer
from training.model.config import ModelConfig
from training.model.likelihoods import OUTPUTS, likelihood

CODE, PICTURES = "z", "pictures"
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


def pullback_graph(weights: Mapping[str, np.ndarray], config: ModelConfig) -> bytes:
    """ "z" (B, D), "slope" (B, C P, S, S) in the outputs -> "gradient" (B, D) in the codes."""
    writer = Writer(weights)
    z = writer.input(CODE, (config.latent,))
    outputs, _, back = decoded(writer, "decoder.", z, config)
    return writer.model({"gradient": back(writer.input("slope", outputs.shape))})


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
