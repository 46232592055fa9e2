"""The networks that look at pictures as graphs: classifier, judges and alignment, line by line.

Normalisation over the batch has its fixed statistics by now and is part of the layer before it.
"""

from collections.abc import Mapping

import numpy as np

from training.graphs.autoencoder import encoded
from training.graphs.writer import Value, Writer
from training.judge.classifier_file import ClassifierConfig
from training.judges.config import JudgesConfig
from training.judges.places import LEFT, LOCAL, ORDER, PLACES, WHOLE, Place

EPSILON = 1e-5  # of normalisation
INPUT = "x"  # (B, 3, S, S) float32 in [0, 1]


def classifier_graph(weights: Mapping[str, np.ndarray], config: ClassifierConfig) -> bytes:
    """`AttributeNetwork`: "x" -> "scores" (B, 40) in [0, 1], "features" (B, F)."""
    writer = Writer(weights)
    h = writer.scaled(writer.input(INPUT, (3, config.size, config.size)), 2, -1)
    for level, (width, repeats) in enumerate(zip(config.widths, config.blocks, strict=True)):
        name = f"levels.{level}"
        weight, deep = writer.deep(f"{name}.1.weight", width, h)
        h = writer.relu(writer.convolution(*_folded(writer, weight, f"{name}.2"), deep))
        for k in range(repeats):
            block = f"{name}.{4 + k}.layers"
            inner = writer.relu(_normalised(writer, f"{block}.0", f"{block}.1", h))
            inner = _normalised(writer, f"{block}.3", f"{block}.4", inner)
            h = writer.relu(writer.add(h, inner))
    features = writer.relu(_embedded(writer, "embed", "norm", writer.flat(h), bias=True))
    logits, _ = writer.linear("head", features)
    return writer.model(
        {"scores": writer.sigmoid(_calibrated(writer, "", logits)), "features": features}
    )


def judges_graph(weights: Mapping[str, np.ndarray], config: JudgesConfig) -> bytes:
    """`JudgeSet`: "x" -> "scores" (B, 40) in [0, 1]."""
    writer = Writer(weights)
    x = writer.input(INPUT, (3, config.size, config.size))
    whole = next(place for place in PLACES if place.name == WHOLE)
    found = [_place(writer, place, config, x) for place in LOCAL]
    found.append(_gathered(writer, _place(writer, whole, config, x), LEFT))
    joined = writer.node("Concat", (len(ORDER),), *found, axis=1)
    logits = _calibrated(writer, "", _gathered(writer, joined, ORDER))
    return writer.model({"scores": writer.sigmoid(logits)})


def aligner_graph(
    weights: Mapping[str, np.ndarray], side: int, widths: tuple[int, ...], blocks: tuple[int, ...]
) -> bytes:
    """The `Encoder` of training/alignment: "x" -> "shares" (B, 4)."""
    writer = Writer(weights)
    x = writer.input(INPUT, (3, side, side))
    return writer.model({"shares": encoded(writer, "", x, widths, blocks)})


def _place(writer: Writer, place: Place, config: JudgesConfig, x: Value) -> Value:
    """`PlaceJudge`: (B, K) logits."""
    (top, bottom), side = place.rows, x.shape[2]
    given = [writer.constant(np.array([number], np.int64)) for number in (top, bottom, 2)]
    cut = writer.node("Slice", (3, bottom - top, side), x, *given)
    if place.hole:
        upper, lower, left, right = place.hole
        seen = np.ones((1, bottom - top, side), np.float32)
        seen[:, upper - top : lower - top, left:right] = 0
        cut = writer.multiply(cut, writer.constant(seen))
        cut = writer.add(cut, writer.constant(0.5 * (1 - seen)))
    h, name = writer.scaled(cut, 2, -1), f"judges.{place.name}"
    widths = config.whole_widths if place.name == WHOLE else config.widths
    trunk = _plain if config.kind == "plain" else _residual
    return writer.linear(f"{name}.head", trunk(writer, f"{name}.trunk", widths, h))[0]


def _plain(writer: Writer, name: str, widths: tuple[int, ...], h: Value) -> Value:
    """`Plain`."""
    number = 0
    for level in range(len(widths)):
        for stride in (2,) if level == 0 else (2, 1):
            layer = f"{name}.levels.{number}"
            h, _ = writer.silu(_normalised(writer, f"{layer}.0", f"{layer}.1", h, stride))
            number += 1
    return writer.silu(
        _embedded(writer, f"{name}.embed", f"{name}.norm", writer.flat(h), bias=False)
    )[0]


def _residual(writer: Writer, name: str, widths: tuple[int, ...], h: Value) -> Value:
    """`Residual`."""
    first = f"{name}.levels.0"
    h = writer.relu(_normalised(writer, f"{first}.0", f"{first}.1", h, 2))
    for number in range(1, len(widths)):
        layer = f"{name}.levels.{number}"
        inner = writer.relu(_normalised(writer, f"{layer}.first.0", f"{layer}.first.1", h, 2))
        inner = _normalised(writer, f"{layer}.second.0", f"{layer}.second.1", inner)
        weight = writer.weight(f"{layer}.skip.weight", None, h.shape[0], 1, 1)
        bias = writer.weight(f"{layer}.skip.bias", len(weight))
        h = writer.relu(writer.add(writer.convolution(weight, bias, h, 2), inner))
    return writer.node("ReduceMean", (h.shape[0],), h, axes=[2, 3], keepdims=0)


def _normalised(writer: Writer, conv: str, norm: str, x: Value, stride: int = 1) -> Value:
    weight = writer.weight(f"{conv}.weight", None, x.shape[0], 3, 3)
    return writer.convolution(*_folded(writer, weight, norm), x, stride)


def _folded(writer: Writer, weight: np.ndarray, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights of a layer without bias with the normalisation behind it, and the bias of both."""
    scale, shift, mean, variance = (
        writer.weight(f"{norm}.{part}", len(weight)).astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / np.sqrt(variance + EPSILON)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    return folded.astype(np.float32), (shift - mean * factor).astype(np.float32)


def _embedded(writer: Writer, linear: str, norm: str, x: Value, bias: bool) -> Value:
    plain = writer.weight(f"{linear}.weight", None, *x.shape)
    weight, shift = _folded(writer, plain, norm)
    if bias:
        own = writer.weight(f"{linear}.bias", len(weight))
        scale = writer.weight(f"{norm}.weight", len(weight))
        variance = writer.weight(f"{norm}.running_var", len(weight))
        shift = shift + own * scale / np.sqrt(variance + np.float32(EPSILON))
    given = writer.constant(weight), writer.constant(shift)
    return writer.node("Gemm", (len(weight),), x, *given, transB=1)


def _calibrated(writer: Writer, prefix: str, logits: Value) -> Value:
    scale, shift = (
        writer.constant(writer.weight(f"{prefix}{part}", *logits.shape))
        for part in ("scale", "shift")
    )
    return writer.add(writer.multiply(logits, scale), shift)


def _gathered(writer: Writer, x: Value, columns: list[int]) -> Value:
    index = writer.constant(np.array(columns, np.int64))
    return writer.node("Gather", (len(columns),), x, index, axis=1)
