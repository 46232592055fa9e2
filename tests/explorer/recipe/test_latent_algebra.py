"""Directions against slow twins and scikit-learn; paths between codes by their properties."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from explorer.recipe.latent_algebra import lerp, mean_difference, principal_components, slerp

CODES = st.lists(st.floats(-50, 50, width=32), min_size=5, max_size=5).map(
    lambda values: np.array(values, np.float32)
)
TIMES = st.floats(0, 1)
EVEN = np.linspace(0, 1, 9)
PATHS = pytest.mark.parametrize("path", [lerp, slerp])


@pytest.fixture
def codes() -> np.ndarray:
    """(300, 6) codes of unlike spreads, mixed and off the origin."""
    rng = np.random.default_rng(0)
    scales = np.array([5, 3, 2, 1, 0.5, 0.1])
    codes = rng.standard_normal((300, 6)) * scales @ rng.standard_normal((6, 6)) + 7
    return codes.astype(np.float32)


def test_mean_difference_is_that_of_the_slow_twin(codes: np.ndarray):
    has = np.random.default_rng(1).random(300) < 0.2
    sums = {True: np.zeros(6), False: np.zeros(6)}
    for code, label in zip(codes, has, strict=True):
        sums[bool(label)] += code
    expected = sums[True] / has.sum() - sums[False] / (~has).sum()
    found = mean_difference(codes, has)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.dtype == np.float32


def test_mean_difference_finds_how_far_apart_two_gaussians_are():
    rng = np.random.default_rng(2)
    apart = np.array([2, 0, -1])
    has = rng.random(20_000) < 0.3
    codes = rng.standard_normal((20_000, 3)) + has[:, None] * apart
    np.testing.assert_allclose(mean_difference(codes, has), apart, atol=0.06)


def test_principal_components_are_those_of_scikit_learn_up_to_sign(codes: np.ndarray):
    mean, components, spread = principal_components(codes)
    twin = PCA().fit(codes.astype(np.float64))
    np.testing.assert_allclose(mean, twin.mean_, rtol=1e-5)
    np.testing.assert_allclose(spread, np.sqrt(twin.explained_variance_), rtol=1e-4)
    cosines = (components * twin.components_).sum(1)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-5)


def test_principal_components_are_orthonormal_and_widest_first(codes: np.ndarray):
    _, components, spread = principal_components(codes)
    np.testing.assert_allclose(components @ components.T, np.eye(6), atol=1e-6)
    assert (np.diff(spread) < 0).all()


def test_the_largest_entry_of_a_component_is_positive(codes: np.ndarray):
    found = principal_components(codes)
    mirrored = principal_components(-codes)
    largest = np.take_along_axis(found[1], np.abs(found[1]).argmax(1)[:, None], 1)
    assert (largest > 0).all()
    np.testing.assert_allclose(mirrored[1], found[1], atol=1e-4)


def test_fewer_codes_than_dimensions_give_one_component_less_than_codes(codes: np.ndarray):
    few = codes[:4]
    mean, components, spread = principal_components(few)
    assert components.shape == (3, 6)
    assert spread.shape == (3,)
    rebuilt = mean + (few - mean) @ components.T @ components
    np.testing.assert_allclose(rebuilt, few, atol=1e-4)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Between two codes, in radians, by the arc cosine."""
    cosine = a.astype(float) @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.arccos(np.clip(cosine, -1, 1)))


@PATHS
@given(CODES, CODES)
def test_a_path_starts_and_ends_exactly_at_its_ends(path, start: np.ndarray, end: np.ndarray):
    np.testing.assert_array_equal(path(start, end, 0.0), start)
    np.testing.assert_array_equal(path(start, end, 1.0), end)


@PATHS
@given(CODES, CODES, TIMES)
def test_a_path_is_the_same_backwards(path, start: np.ndarray, end: np.ndarray, t: float):
    there, back = path(start, end, t), path(end, start, 1 - t)
    np.testing.assert_allclose(there, back, rtol=1e-5, atol=1e-3)


@PATHS
@given(CODES, CODES)
def test_many_times_give_what_each_gives_alone(path, start: np.ndarray, end: np.ndarray):
    codes = path(start, end, EVEN)
    assert (codes.shape, codes.dtype) == ((9, 5), np.float32)
    np.testing.assert_array_equal(codes, [path(start, end, t) for t in EVEN])


@given(CODES, CODES, TIMES)
def test_lerp_divides_the_line_in_the_ratio_of_t(start: np.ndarray, end: np.ndarray, t: float):
    expected = [float(a) + t * (float(b) - float(a)) for a, b in zip(start, end, strict=True)]
    np.testing.assert_allclose(lerp(start, end, t), expected, rtol=1e-5, atol=1e-5)


def test_slerp_from_axis_to_axis_is_the_cosine_and_the_sine():
    codes = slerp(np.array([3, 0, 0]), np.array([0, 3, 0]), EVEN)
    quarter = EVEN * np.pi / 2
    expected = 3 * np.stack([np.cos(quarter), np.sin(quarter), 0 * quarter], 1)
    np.testing.assert_allclose(codes, expected, atol=1e-6)


@given(CODES, CODES)
def test_slerp_between_codes_of_equal_length_keeps_it_and_turns_evenly(
    start: np.ndarray, end: np.ndarray
):
    assume(min(np.linalg.norm(start), np.linalg.norm(end)) > 0.1)
    start, end = (7 * code / np.linalg.norm(code) for code in (start, end))
    whole = angle(start, end)
    assume(0.1 < whole < np.pi - 0.1)
    codes = slerp(start, end, EVEN)
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 7, rtol=1e-5)
    turned = [angle(start.astype(np.float32), code) for code in codes]
    np.testing.assert_allclose(turned, EVEN * whole, atol=2e-3)


@given(CODES, CODES, TIMES)
def test_slerp_is_the_formula_of_the_paper(start: np.ndarray, end: np.ndarray, t: float):
    assume(min(np.linalg.norm(start), np.linalg.norm(end)) > 0.1)
    omega = angle(start, end)
    assume(0.1 < omega < np.pi - 0.1)
    weights = np.sin((1 - t) * omega) / np.sin(omega), np.sin(t * omega) / np.sin(omega)
    expected = weights[0] * start + weights[1] * end
    np.testing.assert_allclose(slerp(start, end, t), expected, rtol=1e-4, atol=1e-3)


def test_slerp_between_long_codes_stays_where_lerp_comes_near_the_origin():
    start, end = np.random.default_rng(0).standard_normal((2, 128))
    lengths = [np.linalg.norm(path(start, end, 0.5)) for path in (lerp, slerp)]
    ends = [np.linalg.norm(code) for code in (start, end)]
    assert lengths[0] < 0.8 * min(ends)
    assert min(ends) < lengths[1] < max(ends)


@given(CODES, st.floats(-4, 4, width=32), TIMES)
def test_slerp_of_parallel_and_opposite_codes_and_the_origin_is_lerp(
    code: np.ndarray, factor: float, t: float
):
    other = code.astype(np.float64) * factor
    np.testing.assert_allclose(
        slerp(code, other, t), lerp(code, other, t), rtol=1e-5, atol=1e-5 * np.abs(code).max()
    )


@pytest.mark.parametrize("off", [1e-3, 1e-5, 1e-6, 1e-7, 1e-12, 0.0])
def test_slerp_of_nearly_opposite_codes_is_finite_and_no_longer_than_its_ends(off: float):
    start, end = np.array([2, 0, 0.0]), np.array([-2, off, 0.0])
    codes = slerp(start, end, EVEN)
    assert np.isfinite(codes).all()
    assert np.linalg.norm(codes, axis=1).max() < 2.001


@given(CODES, CODES, st.floats(1e-9, 1e-3))
def test_slerp_of_nearly_parallel_codes_is_nearly_lerp(
    code: np.ndarray, aside: np.ndarray, off: float
):
    other = code + off * aside.astype(np.float64)
    assume(np.linalg.norm(code) > 1)
    longest = max(np.linalg.norm(code), np.linalg.norm(other))
    bound = 0.2 * angle(code, other) ** 2 * longest + 1e-5 * longest  # of the series, of float32
    assert np.abs(slerp(code, other, EVEN) - lerp(code, other, EVEN)).max() < bound
