"""Formulas as graphs: onnxruntime computes what numpy does, also where floats run out of digits."""

from collections.abc import Callable

import numpy as np
import pytest

from training.compute.onnx_runtime import program
from training.graphs.traced import Traced
from training.graphs.writer import Writer

RNG = np.random.default_rng(0)
WIDE = np.concatenate([-np.logspace(2, -6, 48), np.logspace(-6, 2, 48)])


def traced(formula: Callable, *arrays: np.ndarray) -> np.ndarray:
    """What the graph of a formula makes of arrays (B, ...)."""
    writer = Writer({})
    named = {f"array{k}": array for k, array in enumerate(arrays)}
    given = [Traced(writer, writer.input(name, array.shape[1:])) for name, array in named.items()]
    (found,) = program(writer.model({"found": formula(*given).value}))(**named)
    return found


def batch(*shape: int) -> np.ndarray:
    return RNG.standard_normal((3, *shape)).astype(np.float32)


@pytest.mark.parametrize(
    "formula",
    [
        lambda a: 2 - a / 3 + a**3,
        lambda a: -a * np.float32(0.5) * (1 - a),
        lambda a: np.abs(a) + np.sign(a) + np.tanh(a),
        lambda a: np.exp(a) + np.log(np.square(a) + 1),
        lambda a: np.clip(a, -0.5, None) + np.clip(a, None, 0.5) + np.clip(a, -0.1, 0.1),
        lambda a: np.where((a > -0.5) & (a <= 0.5), a, 7),
        lambda a: np.where(a < 0, np.inf, a),
        lambda a: a * (a >= 0.25),
        lambda a: np.split(a, 3, 1)[1] - np.split(a, 3, 1)[2],
        lambda a: np.concatenate([a, 2 * a, -a], 1),
        lambda a: a.reshape(len(a), -1, 4).sum(1),
        lambda a: a.reshape(a.shape[0], 2, 3, 4)[:, None].sum(2),
        lambda a: np.logaddexp.reduce(50 * a, 1),
        lambda a: a - np.expand_dims(np.logaddexp.reduce(a, 1), 1),
    ],
)
def test_onnxruntime_computes_what_numpy_does(formula: Callable):
    a = batch(6, 4)
    found = traced(formula, a)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, formula(a), rtol=1e-5, atol=1e-6)


def test_values_of_other_shapes_are_spread():
    a, b = batch(5, 2, 4), batch(1, 2, 4)
    np.testing.assert_allclose(traced(lambda a, b: a * b - b, a, b), a * b - b, rtol=1e-5)


@pytest.mark.parametrize("function", [np.expm1, np.log1p])
def test_functions_that_onnx_has_not_are_made_of_others(function: np.ufunc):
    a = WIDE[WIDE > -1] if function is np.log1p else np.clip(WIDE, None, 80)
    a = a[None].astype(np.float32)
    found, expected = traced(function, a), function(a.astype(np.float64))
    # The logarithm of 1 + x loses the digits of a small x, as the formulas allow for.
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7 if function is np.log1p else 0)


def test_sums_of_exponentials_do_not_run_over():
    a, b = (np.float32([[-1e4, 0, 3, 1e4]]), np.float32([[1e4, 0, -np.inf, 1e4]]))
    np.testing.assert_allclose(traced(np.logaddexp, a, b), np.logaddexp(a, b), rtol=1e-6)


@pytest.mark.parametrize(
    "formula", [np.sin, lambda a: a[:, 0], np.add.reduce, np.cumsum], ids=["sin", "[]", "+", "cum"]
)
def test_what_formulas_have_not_needed_is_said(formula: Callable):
    with pytest.raises(TypeError, match="no node for"):
        traced(formula, batch(3))
