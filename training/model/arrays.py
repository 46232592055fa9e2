"""Operations that numpy and torch have under different names, so that a formula is written once.

Training computes with tensors, which have gradients, the explorer with numpy alone: torch is not
imported here, and whoever hands in a tensor has it already.
"""

import math
import sys
from typing import Any

import numpy as np

Array = Any  # of numpy, or a tensor of torch
Generator = Any  # np.random.Generator, or torch.Generator

_SERIES_BELOW = -30.0  # where erfc comes near the smallest number there is
_erfc = np.frompyfunc(math.erfc, 1, 1)


def namespace(array: Array) -> Any:
    """The module whose functions take this array: numpy, which hands them on to what stands for
    one of its arrays (training/graphs/traced.py), or torch.
    """
    return np if hasattr(array, "__array_ufunc__") else sys.modules["torch"]


def of_numpy(array: Array) -> bool:
    """Whether it is numpy's, or torch's."""
    return namespace(array) is np


def parts(array: Array, count: int) -> tuple[Array, ...]:
    """(B, N C, ...) -> N arrays (B, C, ...)."""
    return tuple(np.split(array, count, 1) if of_numpy(array) else array.chunk(count, 1))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), for numpy without an overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x)) if of_numpy(x) else namespace(x).sigmoid(x)


def softplus(x: Array) -> Array:
    """log(1 + exp(x))."""
    return np.logaddexp(0, x) if of_numpy(x) else namespace(x).nn.functional.softplus(x)


def logsigmoid(x: Array) -> Array:
    """log(1 / (1 + exp(-x)))."""
    return -np.logaddexp(0, -x) if of_numpy(x) else namespace(x).nn.functional.logsigmoid(x)


def logsumexp(x: Array, axis: int) -> Array:
    """log(sum(exp(x))) over an axis."""
    return np.logaddexp.reduce(x, axis) if of_numpy(x) else namespace(x).logsumexp(x, axis)


def log_softmax(x: Array, axis: int) -> Array:
    """x - log(sum(exp(x)))."""
    if of_numpy(x):
        return x - np.expand_dims(logsumexp(x, axis), axis)
    return x.log_softmax(axis)


def log_ndtr(x: Array) -> Array:
    """log of the distribution function of N(0, 1)."""
    if not of_numpy(x):
        return namespace(x).special.log_ndtr(x)
    wide = np.asarray(x, np.float64)
    far = np.minimum(wide, _SERIES_BELOW)
    square = 1 / np.square(far)
    # Abramowitz & Stegun 1964, 26.2.12
    series = np.log1p(-square * (1 - 3 * square * (1 - 5 * square)))
    series += -0.5 * far * far - np.log(-far) - 0.5 * math.log(2 * math.pi)
    beyond = np.asarray(_erfc(np.maximum(wide, _SERIES_BELOW) / -math.sqrt(2)), np.float64)
    near = np.log(0.5 * beyond)
    return np.where(wide < _SERIES_BELOW, series, near).astype(x.dtype)


def float64(x: Array) -> Array:
    """The same values in double precision."""
    return x.astype(np.float64) if of_numpy(x) else x.double()


def take_along(x: Array, index: Array, axis: int) -> Array:
    """The values of x at one place of an axis each."""
    return np.take_along_axis(x, index, axis) if of_numpy(x) else x.gather(axis, index)


def normal_noise(like: Array, generator: Generator) -> Array:
    """Draws of N(0, 1) in the shape of `like`. generator: of the same library."""
    if of_numpy(like):
        return generator.standard_normal(like.shape, np.float32)
    torch = namespace(like)
    return torch.randn(like.shape, generator=generator, device=generator.device).to(like)


def uniform_noise(like: Array, generator: Generator) -> Array:
    """Draws between 0 and 1 in the shape of `like`. generator: of the same library."""
    if of_numpy(like):
        return generator.random(like.shape, np.float32)
    torch = namespace(like)
    return torch.rand(like.shape, generator=generator, device=generator.device).to(like)
