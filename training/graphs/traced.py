"""Formulas of numpy as nodes of a graph: what likelihoods.py says in arrays, said in ONNX.

    outputs = Traced(writer, value)                       # (B, C P, S, S)
    likelihood("learned", outputs, log_sigma).mean.value  # its nodes are written

numpy hands its functions over to an argument that knows them itself (NEP 13 and 18); here each
writes its node. So a formula stands in one place for arrays, tensors and graphs.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from training.graphs import onnx_file
from training.graphs.writer import Value, Writer
from training.model.arrays import Array

BATCH = 0  # the length of the first axis in a shape: to ONNX as many as there are
ALIKE = {  # one node each
    np.add: "Add",
    np.subtract: "Sub",
    np.multiply: "Mul",
    np.true_divide: "Div",
    np.power: "Pow",
    np.negative: "Neg",
    np.absolute: "Abs",
    np.sign: "Sign",
    np.exp: "Exp",
    np.log: "Log",
    np.tanh: "Tanh",
    np.minimum: "Min",
    np.maximum: "Max",
}
LOGICAL = {
    np.less: "Less",
    np.less_equal: "LessOrEqual",
    np.greater: "Greater",
    np.greater_equal: "GreaterOrEqual",
    np.bitwise_and: "And",
}


class Traced(NDArrayOperatorsMixin):
    """Stands in a formula for a float32 array (B, ...), or for one of truth values.

    value: what it is in the graph. Raises TypeError for functions that formulas have not needed.
    """

    def __init__(self, writer: Writer, value: Value, logical: bool = False):
        self.writer, self.value, self.logical = writer, value, logical

    @property
    def shape(self) -> tuple[int, ...]:
        """(BATCH, ...)."""
        return (BATCH, *self.value.shape)

    def __len__(self) -> int:
        return BATCH

    def __getitem__(self, key: Any) -> "Traced":
        """[:, None] alone: a new axis behind the first."""
        if key != (slice(None), None):
            raise TypeError(f"no node for [{key}]")
        return self.reshape(BATCH, 1, *self.value.shape)

    def reshape(self, *shape: Any) -> "Traced":
        """(B, ...) -> (B, ...), -1 once for what is left."""
        _, *given = shape[0] if isinstance(shape[0], tuple) else shape
        left = math.prod(self.value.shape) // math.prod(side for side in given if side > 0)
        return self._made(
            self.writer.reshape(self.value, *(left if side < 0 else side for side in given))
        )

    def sum(self, axis: int) -> "Traced":
        """Over one axis behind the first, which goes."""
        return self._over("ReduceSum", axis).reshape(BATCH, *self._without(axis))

    def __array_ufunc__(self, function: Any, method: str, *given: Any, **named: Any) -> "Traced":
        if method == "reduce" and function is np.logaddexp:
            return self._logsumexp(named["axis"])
        if method != "__call__":
            raise TypeError(f"no node for {function.__name__}.{method}")
        if function in ALIKE:
            return self._node(ALIKE[function], *(self._number(each) for each in given))
        if function in LOGICAL:
            return self._node(LOGICAL[function], *given, logical=True)
        if function in MADE_OF:
            return MADE_OF[function](*given)
        raise TypeError(f"no node for {function.__name__}")

    def __array_function__(
        self, function: Any, _types: Any, given: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        if function is np.where:
            return self._node("Where", *given)
        if function is np.clip:
            found, low, high = given
            found = found if low is None else np.maximum(found, low)
            return found if high is None else np.minimum(found, high)
        if function is np.split:
            return self._split(*given[1:])
        if function is np.concatenate:
            return self._joined(*given)
        if function is np.expand_dims and given[1] == 1:
            return self[:, None]
        raise TypeError(f"no node for {function.__name__}")

    def _logsumexp(self, axis: int) -> "Traced":
        most = self._over("ReduceMax", axis)
        return np.log(np.exp(self - most).sum(axis)) + most.reshape(BATCH, *self._without(axis))

    def _split(self, count: int, axis: int) -> list["Traced"]:
        size = self.shape[axis] // count
        starts = range(0, count * size, size)
        return [self._made(self.writer.part(self.value, k, k + size, axis)) for k in starts]

    def _joined(self, parts: Sequence["Traced"], axis: int) -> "Traced":
        values = [each.value for each in parts]
        shape = list(values[0].shape)
        shape[axis - 1] = sum(value.shape[axis - 1] for value in values)
        return self._made(self.writer.node("Concat", shape, *values, axis=axis))

    def _over(self, kind: str, axis: int) -> "Traced":
        """With a length of 1 left."""
        shape = [1 if k + 1 == axis else side for k, side in enumerate(self.value.shape)]
        if kind == "ReduceSum":  # has its axes as an input since opset 13, the others later
            axes = self.writer.constant(np.array([axis], np.int64))
            return self._made(self.writer.node(kind, shape, self.value, axes, keepdims=1))
        return self._made(self.writer.node(kind, shape, self.value, axes=[axis], keepdims=1))

    def _without(self, axis: int) -> tuple[int, ...]:
        return (*self.value.shape[: axis - 1], *self.value.shape[axis:])

    def _node(self, kind: str, *given: Any, logical: bool = False) -> "Traced":
        shapes = [each.value.shape for each in given if isinstance(each, Traced)]
        names = [
            each.value
            if isinstance(each, Traced)
            else self.writer.constant(np.array(each, np.float32))
            for each in given
        ]
        return self._made(self.writer.node(kind, np.broadcast_shapes(*shapes), *names), logical)

    def _number(self, given: Any) -> Any:
        """Truth values as 0 and 1."""
        if not isinstance(given, Traced) or not given.logical:
            return given
        cast = self.writer.node("Cast", given.value.shape, given.value, to=onnx_file.FLOAT)
        return self._made(cast)

    def _made(self, value: Value, logical: bool = False) -> "Traced":
        return Traced(self.writer, value, logical)


def _expm1(x: Array) -> Array:
    """exp(x) - 1, exact near 0: 2 t / (1 - t) with t = tanh(x / 2); far from there t is 1."""
    near = np.tanh(0.5 * np.clip(x, -1, 1))
    return np.where(np.abs(x) < 1, 2 * near / (1 - near), np.exp(x) - 1)


def _logaddexp(a: Array, b: Array) -> Array:
    most = np.maximum(a, b)
    return most + np.log(1 + np.exp(np.minimum(a, b) - most))


# Functions that ONNX has no operator for, of others.
MADE_OF: dict[Any, Callable[..., Array]] = {
    np.square: lambda x: x * x,
    np.log1p: lambda x: np.log(1 + x),
    np.expm1: _expm1,
    np.logaddexp: _logaddexp,
}
