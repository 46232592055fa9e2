"""Directions in the latent space against slow twins and scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.latent_algebra import mean_difference, principal_components


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
