"""ONNX models as bytes, without the package onnx: 30 MB and a third of a second for what is here.

A model is a protocol buffer: fields of a number and a kind, one after another. Numbers of fields
are those of onnx.proto3 (ONNX 1.12, opset 17); they never change. Tests let onnx itself read it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

OPSET, IR_VERSION = 17, 8
FLOAT, UINT8, INT64 = 1, 2, 7  # TensorProto.DataType
KINDS = {np.dtype(np.float32): FLOAT, np.dtype(np.uint8): UINT8, np.dtype(np.int64): INT64}
_FLOAT, _INT, _STRING, _INTS = 1, 2, 3, 7  # AttributeProto.AttributeType


def model(
    nodes: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    constants: Iterable[bytes],
) -> bytes:
    """ModelProto of one graph, made of what the functions below give."""
    graph = b"".join(
        [
            *(_field(1, each) for each in nodes),
            _field(2, b"network"),
            *(_field(5, each) for each in constants),
            *(_field(11, each) for each in inputs),
            *(_field(12, each) for each in outputs),
        ]
    )
    return _number(1, IR_VERSION) + _field(7, graph) + _field(8, _number(2, OPSET))


def node(kind: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Any]) -> bytes:
    """NodeProto with one output. attributes: whole and other numbers, texts, and lists of whole
    numbers, by name.
    """
    parts = [_field(1, name.encode()) for name in inputs]
    parts += [_field(2, output.encode()), _field(4, kind.encode())]
    parts += [_field(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join(parts)


def constant(name: str, values: np.ndarray) -> bytes:
    """TensorProto of an array of one of KINDS."""
    dims = b"".join(_number(1, side) for side in values.shape)
    raw = np.ascontiguousarray(values).tobytes()
    return dims + _number(2, KINDS[values.dtype]) + _field(8, name.encode()) + _field(9, raw)


def value(name: str, kind: int, shape: Sequence[int]) -> bytes:
    """ValueInfoProto of a batch (B, *shape)."""
    sides = [_field(1, _field(2, b"batch")), *(_field(1, _number(1, side)) for side in shape)]
    tensor = _number(1, kind) + _field(2, b"".join(sides))
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _attribute(name: str, given: Any) -> bytes:
    start = _field(1, name.encode())
    if isinstance(given, float):
        number = np.array(given, "<f4").tobytes()
        return start + _varint(2 << 3 | 5) + number + _number(20, _FLOAT)
    if isinstance(given, int):
        return start + _number(3, given) + _number(20, _INT)
    if isinstance(given, str):
        return start + _field(4, given.encode()) + _number(20, _STRING)
    return start + b"".join(_number(8, each) for each in given) + _number(20, _INTS)


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes: text, or a message inside this one."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, given: int) -> bytes:
    """A field of a whole number, 0 or more."""
    return _varint(number << 3) + _varint(given)


def _varint(given: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    parts = []
    while given > 127:
        parts.append(given & 127 | 128)
        given >>= 7
    return bytes([*parts, given])
