"""Layers as nodes of an ONNX graph, and what they do to a gradient.

    writer = Writer(weights)
    z = writer.input("z", (256,))
    h, back = writer.linear("decoder.stem", z)
    writer.model({"h": h})                       # bytes for onnxruntime

A layer gives its output and its pullback, which writes the nodes that take a gradient in the output
to the one in the input; the weights have none. Nodes that nothing asks for are not written. Weights
go by the names that the networks of torch give them. Operators are those of ONNX opset 17.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from training.graphs import onnx_file

GROUPS, EPSILON = 8, 1e-5  # of normalisation, as the networks have it


class Value(NamedTuple):
    """What flows between two nodes. shape: without that of the batch."""

    name: str
    shape: tuple[int, ...]


Pullback = Callable[[Value], Value]
Layer = Callable[[Value], tuple[Value, Pullback]]


class Writer:
    """Writes nodes and their constants.

    weights: by name, of half or single precision. Layers raise LookupError for a weight that is
    missing and ValueError for one of another shape. used: names of those that were asked for.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]):
        self._weights = weights
        self.used: set[str] = set()
        self._inputs: list[bytes] = []
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def model(self, outputs: Mapping[str, Value], kind: int = onnx_file.FLOAT) -> bytes:
        """The graph of all nodes, for an `onnxruntime.InferenceSession`. outputs: by name."""
        named = [onnx_file.node("Identity", [v.name], name, {}) for name, v in outputs.items()]
        told = [onnx_file.value(name, kind, v.shape) for name, v in outputs.items()]
        return onnx_file.model([*self._nodes, *named], self._inputs, told, self._constants)

    def input(self, name: str, shape: Sequence[int], kind: int = onnx_file.FLOAT) -> Value:
        """Something to be given, (B, *shape)."""
        self._inputs.append(onnx_file.value(name, kind, shape))
        return Value(name, tuple(shape))

    def weight(self, name: str, *shape: int | None) -> np.ndarray:
        """A weight as float32, of this shape; None stands for any number."""
        found = self._weights[name]
        self.used.add(name)
        fits = len(found.shape) == len(shape) and all(
            wanted in (None, there) for wanted, there in zip(shape, found.shape, strict=True)
        )
        if not fits:
            raise ValueError(f"expected {name} of shape {shape}; found {found.shape}")
        return found.astype(np.float32)

    def constant(self, values: np.ndarray) -> str:
        """Its name."""
        name = f"c{len(self._constants)}"
        self._constants.append(onnx_file.constant(name, values))
        return name

    def node(self, kind: str, shape: Sequence[int], *inputs: Value | str, **how: Any) -> Value:
        """One operator. inputs: values and names of constants. how: its attributes."""
        name = f"x{len(self._nodes)}"
        names = [each.name if isinstance(each, Value) else each for each in inputs]
        self._nodes.append(onnx_file.node(kind, names, name, how))
        return Value(name, tuple(shape))

    def add(self, a: Value, b: Value | str) -> Value:
        """a + b."""
        return self.node("Add", a.shape, a, b)

    def multiply(self, a: Value, b: Value | str) -> Value:
        """a * b."""
        return self.node("Mul", a.shape, a, b)

    def scaled(self, x: Value, factor: float, offset: float = 0.0) -> Value:
        """factor * x + offset."""
        x = self.multiply(x, self.constant(np.array(factor, np.float32)))
        return self.add(x, self.constant(np.array(offset, np.float32))) if offset else x

    def reshape(self, x: Value, *shape: int) -> Value:
        """(B, ...) -> (B, *shape), as many values; -1 once for as many as are left."""
        return self.node("Reshape", shape, x, self.constant(np.array([0, *shape], np.int64)))

    def part(self, x: Value, start: int, end: int, axis: int = 1) -> Value:
        """(B, N, ...) -> (B, end - start, ...), or so of another axis."""
        given = [self.constant(np.array([number], np.int64)) for number in (start, end, axis)]
        shape = list(x.shape)
        shape[axis - 1] = end - start
        return self.node("Slice", shape, x, *given)

    def chain(self, x: Value, layers: Sequence[Layer]) -> tuple[Value, Pullback]:
        """Layers one after another."""
        pullbacks: list[Pullback] = []
        for layer in layers:
            x, pullback = layer(x)
            pullbacks.append(pullback)

        def back(gradient: Value) -> Value:
            for pullback in reversed(pullbacks):
                gradient = pullback(gradient)
            return gradient

        return x, back

    def linear(self, name: str, x: Value, outputs: int | None = None) -> tuple[Value, Pullback]:
        """(B, I) -> (B, O). outputs: O, where it is known beside the weights."""
        weight = self.weight(f"{name}.weight", outputs, *x.shape)
        bias = self.weight(f"{name}.bias", len(weight))
        y = self.node(
            "Gemm", (len(weight),), x, self.constant(weight), self.constant(bias), transB=1
        )
        return y, lambda gradient: self.node("MatMul", x.shape, gradient, self.constant(weight))

    def sigmoid(self, x: Value) -> Value:
        """1 / (1 + exp(-x))."""
        return self.node("Sigmoid", x.shape, x)

    def silu(self, x: Value) -> tuple[Value, Pullback]:
        """x sigmoid(x)."""
        share = self.sigmoid(x)

        def back(gradient: Value) -> Value:
            # sigmoid(x) (1 + x (1 - sigmoid(x)))
            slope = self.scaled(self.multiply(x, self.scaled(share, -1, 1)), 1, 1)
            return self.multiply(gradient, self.multiply(share, slope))

        return self.multiply(x, share), back

    def relu(self, x: Value) -> Value:
        """max(x, 0)."""
        return self.node("Relu", x.shape, x)

    def group_norm(self, name: str, x: Value) -> tuple[Value, Pullback]:
        """Wu & He 2018: every group of channels is one instance of instance normalisation."""
        channels = x.shape[0]
        scale = self.weight(f"{name}.weight", channels)[:, None, None]
        shift = self.weight(f"{name}.bias", channels)[:, None, None]
        ones, zeros = (self.constant(np.full(GROUPS, v, np.float32)) for v in (1, 0))
        groups = self.reshape(x, GROUPS, -1)
        h = self.node("InstanceNormalization", groups.shape, groups, ones, zeros, epsilon=EPSILON)
        h = self.multiply(self.reshape(h, *x.shape), self.constant(scale))

        def back(gradient: Value) -> Value:
            centred = self.node("Sub", groups.shape, groups, self._mean(groups))
            variance = self._mean(self.multiply(centred, centred))
            spread = self.node("Sqrt", variance.shape, self.scaled(variance, 1, EPSILON))
            unit = self.node("Div", groups.shape, centred, spread)
            inner = self.multiply(gradient, self.constant(scale))
            inner = self.reshape(inner, GROUPS, -1)
            along = self.multiply(unit, self._mean(self.multiply(inner, unit)))
            inner = self.node("Sub", groups.shape, inner, self._mean(inner))
            inner = self.node("Sub", groups.shape, inner, along)
            return self.reshape(self.node("Div", groups.shape, inner, spread), *x.shape)

        return self.add(h, self.constant(shift)), back

    def _mean(self, groups: Value) -> Value:
        return self.node("ReduceMean", (GROUPS, 1), groups, axes=[2], keepdims=1)

    def convolution(
        self, weight: np.ndarray, bias: np.ndarray | None, x: Value, stride: int = 1
    ) -> Value:
        """(B, I, H, W) -> (B, O, H', W'), an odd kernel with zeros around the picture."""
        pad = weight.shape[2] // 2
        given = [self.constant(t) for t in (weight, bias) if t is not None]
        sides = [(side + 2 * pad - weight.shape[2]) // stride + 1 for side in x.shape[1:]]
        shape = (len(weight), *sides)
        return self.node("Conv", shape, x, *given, pads=[pad] * 4, strides=[stride] * 2)

    def conv(self, name: str, x: Value) -> tuple[Value, Pullback]:
        """A 3x3 convolution: (B, I, H, W) -> (B, O, H, W)."""
        weight = self.weight(f"{name}.weight", None, x.shape[0], 3, 3)
        bias = self.weight(f"{name}.bias", len(weight))
        y = self.convolution(weight, bias, x)
        return y, lambda gradient: self.convolution(_turned(weight), None, gradient)

    def conv_up(self, name: str, outputs: int, x: Value) -> tuple[Value, Pullback]:
        """A 3x3 convolution and depth to space: (B, I, H, W) -> (B, O, 2 H, 2 W)."""
        weight = self.weight(f"{name}.weight", 4 * outputs, x.shape[0], 3, 3)
        y = self.convolution(weight, self.weight(f"{name}.bias", len(weight)), x)
        channels, height, width = y.shape
        shape = (channels // 4, 2 * height, 2 * width)
        wide = self.node("DepthToSpace", shape, y, blocksize=2, mode="CRD")

        def back(gradient: Value) -> Value:
            deep = self.node("SpaceToDepth", y.shape, gradient, blocksize=2)
            return self.convolution(_turned(_cells_first(weight, 0)), None, deep)

        return wide, back

    def conv_down(self, name: str, outputs: int, x: Value) -> tuple[Value, Pullback]:
        """Space to depth and a 3x3 convolution: (B, I, H, W) -> (B, O, H / 2, W / 2)."""
        weight, deep = self.deep(f"{name}.weight", outputs, x)
        y = self.convolution(weight, self.weight(f"{name}.bias", len(weight)), deep)
        return y, _no_gradient

    def deep(self, weight: str, outputs: int, x: Value) -> tuple[np.ndarray, Value]:
        """Space to depth, and the weights of the 3x3 convolution that is to follow."""
        channels, height, width = x.shape
        values = self.weight(weight, outputs, 4 * channels, 3, 3)
        shape = (4 * channels, height // 2, width // 2)
        return _cells_first(values, 1), self.node("SpaceToDepth", shape, x, blocksize=2)

    def flat(self, x: Value) -> Value:
        """(B, ...) -> (B, N)."""
        return self.node("Flatten", (int(np.prod(x.shape)),), x, axis=1)


def _no_gradient(gradient: Value) -> Value:
    raise NotImplementedError("nothing asks for a gradient in pictures")


def _turned(weight: np.ndarray) -> np.ndarray:
    """The convolution that takes a gradient in the outputs to one in the inputs."""
    return weight.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]


def _cells_first(weight: np.ndarray, axis: int) -> np.ndarray:
    """ONNX puts the four cells of a pixel before the channels, torch behind them."""
    shape = weight.shape
    split = weight.reshape(*shape[:axis], -1, 4, *shape[axis + 1 :])
    return np.moveaxis(split, axis + 1, axis).reshape(shape)
