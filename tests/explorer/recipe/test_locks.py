"""What is left of a vector when readouts are held still: against a slow twin, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.recipe.locks import hold

SEEDS = st.integers(0, 2**32 - 1)
LOCKS = st.integers(0, 9)
D = 6


def drawn(seed: int, locks: int) -> tuple[np.ndarray, np.ndarray]:
    """A vector (D,) and readouts (locks, D) of very different lengths."""
    generator = np.random.default_rng(seed)
    lengths = 10.0 ** generator.integers(-4, 4, (locks, 1))
    return generator.normal(size=D), generator.normal(size=(locks, D)) * lengths


@given(SEEDS, LOCKS)
def test_readouts_stand_still_and_nothing_nearer_would_do(seed: int, locks: int):
    vector, readouts = drawn(seed, locks)
    left, share = hold(vector, readouts)
    assert left.dtype == np.float32
    scale = np.linalg.norm(readouts, axis=1)
    np.testing.assert_allclose(readouts @ left / np.where(scale, scale, 1), 0, atol=1e-5)
    # The slow twin: least squares finds the nearest combination of readouts to take away.
    combination = np.linalg.lstsq((readouts / scale[:, None]).T, vector, rcond=None)[0]
    expected = vector - combination @ (readouts / scale[:, None])
    np.testing.assert_allclose(left, expected, atol=1e-5)
    assert share == pytest.approx(1 - (expected @ expected) / (vector @ vector), abs=1e-6)
    # Added once, it goes that much less far along the vector.
    assert left @ vector / (vector @ vector) == pytest.approx(1 - share, abs=1e-5)


@given(SEEDS, LOCKS)
def test_to_hold_twice_or_a_readout_twice_changes_nothing(seed: int, locks: int):
    vector, readouts = drawn(seed, locks)
    left, share = hold(vector, readouts)
    again, more = hold(left, readouts)
    np.testing.assert_allclose(again, left, atol=1e-5)
    if share < 0.999:
        assert more == pytest.approx(0, abs=1e-5)
    twice = np.concatenate([readouts, -3 * readouts])
    np.testing.assert_allclose(hold(vector, twice)[0], left, atol=1e-5)


def test_as_many_locks_as_dimensions_leave_nothing():
    vector, readouts = drawn(0, D)
    left, share = hold(vector, readouts)
    np.testing.assert_allclose(left, 0, atol=1e-6)
    assert share == pytest.approx(1)


def test_a_readout_or_a_vector_of_length_zero_changes_nothing():
    vector, _ = drawn(0, 0)
    left, share = hold(vector, np.zeros((2, D)))
    np.testing.assert_allclose(left, vector, rtol=1e-6)
    assert share == 0
    assert hold(np.zeros(D), np.ones((1, D)))[1] == 0
