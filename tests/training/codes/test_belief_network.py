"""Sets of labels are drawn as they go together among those that were learned."""

import itertools

import numpy as np
import pytest

from training.codes.belief_network import draw_labels, fit_belief_network


def drawn(weights: np.ndarray, count: int) -> np.ndarray:
    return np.stack([draw_labels(weights, np.random.default_rng(seed)) for seed in range(count)])


def test_draws_are_as_frequent_as_the_labels_that_were_learned():
    """Three labels of which each tells the next, so that the regressions can be exact."""
    generator = np.random.default_rng(0)
    first = generator.random(20_000) < 0.3
    second = generator.random(20_000) < np.where(first, 0.9, 0.2)
    third = generator.random(20_000) < np.where(second, 0.1, 0.6)
    labels = np.stack([first, second, third], 1)
    weights = fit_belief_network(labels)
    assert weights.shape == (3, 4)
    assert (weights[np.triu_indices(3)] == 0).all()  # nothing is told by itself or by a later one
    found = drawn(weights, 6000) > 0
    for kind in itertools.product([False, True], repeat=3):
        expected = (labels == kind).all(1).mean()
        assert (found == kind).all(1).mean() == pytest.approx(expected, abs=0.02), kind


def test_labels_that_are_all_alike_stay_so():
    generator = np.random.default_rng(0)
    labels = np.stack([np.ones(500, bool), generator.random(500) < 0.5, np.zeros(500, bool)], 1)
    found = drawn(fit_belief_network(labels), 2000)
    assert (found[:, 0] == 1).mean() > 0.98
    assert (found[:, 2] == -1).mean() > 0.98
    assert (found[:, 1] == 1).mean() == pytest.approx(labels[:, 1].mean(), abs=0.06)


def test_a_generator_gives_one_set_of_ones_and_minus_ones():
    weights = fit_belief_network(np.random.default_rng(0).random((50, 4)) < 0.5)
    one = draw_labels(weights, np.random.default_rng(7))
    assert one.dtype == np.float32
    assert set(np.abs(one)) == {1.0}
    np.testing.assert_array_equal(one, draw_labels(weights, np.random.default_rng(7)))
