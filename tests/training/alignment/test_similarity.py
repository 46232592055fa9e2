"""Similarity transforms: by hand, and as a group."""

import math

import numpy as np
import pytest

from training.alignment.similarity import Similarity

POINTS = np.array([0, 1, 1j, -3 + 2j])


@pytest.fixture
def pair() -> tuple[Similarity, Similarity]:
    rng = np.random.default_rng(0)
    return tuple(
        Similarity(complex(*rng.normal(size=2)), complex(*rng.normal(size=2))) for _ in range(2)
    )


def test_a_quarter_turn_clockwise_takes_right_to_down():
    turn = Similarity(1j, 10 + 0j)  # y points down
    np.testing.assert_allclose(turn(POINTS), [10, 10 + 1j, 9, 8 - 3j])
    assert turn.scale == 1
    assert turn.angle == pytest.approx(math.pi / 2)


def test_after_is_one_transform_after_the_other(pair: tuple[Similarity, Similarity]):
    first, second = pair
    np.testing.assert_allclose(second.after(first)(POINTS), second(first(POINTS)))
    assert second.after(first).scale == pytest.approx(first.scale * second.scale)


def test_the_inverse_takes_back(pair: tuple[Similarity, Similarity]):
    for transform in pair:
        np.testing.assert_allclose(transform.inverse()(transform(POINTS)), POINTS, atol=1e-12)
        np.testing.assert_allclose(tuple(transform.after(transform.inverse())), (1, 0), atol=1e-12)


def test_without_arguments_nothing_moves():
    np.testing.assert_array_equal(Similarity()(POINTS), POINTS)
