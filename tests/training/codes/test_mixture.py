"""The mixture of codes: it finds what it was made from, and a seed is a face."""

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from training.codes.mixture import Mixture, fit_mixture

WEIGHTS = np.array([0.5, 0.3, 0.2])
MEANS = np.array([[6, 0], [-6, 0], [0, 8]])
FACTORS = np.array([[[1, 0], [0.8, 0.6]], [[0.5, 0], [0, 0.5]], [[1.5, 0], [-1, 1]]])


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    """(6000, 2) codes of three Gaussians that hardly overlap."""
    rng = np.random.default_rng(0)
    chosen = rng.choice(3, 6000, p=WEIGHTS)
    noise = rng.standard_normal((6000, 2))
    return (MEANS[chosen] + np.einsum("nij,nj->ni", FACTORS[chosen], noise)).astype(np.float32)


def samples(mixture: Mixture, count: int) -> np.ndarray:
    return np.stack([mixture.sample(seed) for seed in range(count)])


def test_a_known_mixture_is_found(codes: np.ndarray):
    found = fit_mixture(codes, 3, seed=0)
    nearest = [np.linalg.norm(found.means - mean, axis=1).argmin() for mean in MEANS]
    assert sorted(nearest) == [0, 1, 2]
    np.testing.assert_allclose(found.weights[nearest], WEIGHTS, atol=0.02)
    np.testing.assert_allclose(found.means[nearest], MEANS, atol=0.12)
    covariances = FACTORS @ FACTORS.transpose(0, 2, 1)
    factors = found.factors[nearest]
    np.testing.assert_allclose(factors @ factors.transpose(0, 2, 1), covariances, atol=0.25)
    np.testing.assert_array_equal(found.factors, np.tril(found.factors))
    assert {array.dtype for array in vars(found).values()} == {np.dtype(np.float32)}


def test_one_component_is_the_gaussian_fit(codes: np.ndarray):
    found = fit_mixture(codes, 1, seed=0)
    np.testing.assert_allclose(found.weights, [1])
    np.testing.assert_allclose(found.means[0], codes.mean(0), atol=1e-4)
    covariance = found.factors[0] @ found.factors[0].T
    np.testing.assert_allclose(covariance, np.cov(codes.T, bias=True), rtol=1e-3, atol=1e-3)


def test_samples_have_the_moments_of_the_codes(codes: np.ndarray):
    drawn = samples(fit_mixture(codes, 3, seed=0), 6000)
    np.testing.assert_allclose(drawn.mean(0), codes.mean(0), atol=0.3)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T), atol=0.05 * np.cov(codes.T).max())


@pytest.mark.parametrize("component", range(3))
def test_samples_of_a_component_have_its_mean_and_covariance(component: int):
    mean, factor = MEANS[component], FACTORS[component]
    gaussian = Mixture(np.ones(1), mean[None].astype(np.float32), factor[None].astype(np.float32))
    drawn = samples(gaussian, 6000)
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.08)
    np.testing.assert_allclose(np.cov(drawn.T), factor @ factor.T, atol=0.15)


def test_the_log_density_is_that_of_the_gaussians():
    mixture = Mixture(*(a.astype(np.float32) for a in (WEIGHTS, MEANS, FACTORS)))
    codes = np.random.default_rng(1).normal(0, 5, (40, 2)).astype(np.float32)
    gaussians = [
        torch.distributions.MultivariateNormal(torch.tensor(m).double(), scale_tril=torch.tensor(f))
        for m, f in zip(MEANS, FACTORS.astype(float), strict=True)
    ]
    each = [g.log_prob(torch.from_numpy(codes).double()).numpy() for g in gaussians]
    expected = np.logaddexp.reduce(np.log(WEIGHTS)[:, None] + each)
    np.testing.assert_allclose(mixture.log_density(codes), expected, rtol=1e-5)
    np.testing.assert_allclose(mixture.log_density(codes[3:4]), expected[3:4], rtol=1e-5)


def test_samples_come_from_every_component_as_often_as_its_weight_says():
    far = np.array([[-100], [0], [100]], np.float32)
    weights = np.array([0.6, 0.1, 0.3], np.float32)
    drawn = samples(Mixture(weights, far, np.ones((3, 1, 1), np.float32)), 5000)
    shares = [(np.abs(drawn - mean) < 50).mean() for mean in far]
    np.testing.assert_allclose(shares, weights, atol=0.03)


def test_a_component_without_weight_is_never_drawn():
    means = np.array([[0], [100]], np.float32)
    mixture = Mixture(np.array([1, 0], np.float32), means, np.ones((2, 1, 1), np.float32))
    assert samples(mixture, 2000).max() < 50


def test_a_seed_is_a_face(codes: np.ndarray):
    mixture = fit_mixture(codes, 3, seed=0)
    face = mixture.sample(5)
    assert (face.shape, face.dtype) == ((2,), np.float32)
    np.testing.assert_array_equal(mixture.sample(5), face)
    assert len(np.unique(samples(mixture, 200), axis=0)) == 200


def test_the_same_seed_fits_the_same_mixture(codes: np.ndarray):
    first, second = (fit_mixture(codes, 3, seed=4) for _ in range(2))
    for name, array in vars(first).items():
        np.testing.assert_array_equal(getattr(second, name), array)


@pytest.mark.parametrize(("count", "components"), [(6000, 20), (120, 3), (119, 2), (39, 1), (3, 1)])
def test_a_component_needs_twenty_codes_per_dimension(
    codes: np.ndarray, count: int, components: int
):
    found = fit_mixture(codes[:count], 20, seed=0)
    assert len(found.weights) == components
    assert np.isfinite(found.sample(0)).all()


def test_of_many_codes_some_evenly_spread_ones_are_fitted(codes: np.ndarray, monkeypatch):
    monkeypatch.setattr("training.codes.mixture.MOST_CODES", 2000)
    some = fit_mixture(codes[np.linspace(0, 5999, 2000).round().astype(int)], 3, seed=0)
    found = fit_mixture(codes, 3, seed=0)
    for name, value in vars(some).items():
        np.testing.assert_array_equal(getattr(found, name), value)


def test_one_component_is_what_expectation_maximisation_finds():
    codes = np.random.default_rng(0).standard_normal((300, 6)) @ np.diag(np.arange(1, 7))
    found = fit_mixture(codes.astype(np.float32), 1, 0)
    expected = GaussianMixture(1, reg_covar=1e-4).fit(codes.astype(np.float32))
    np.testing.assert_allclose(found.means, expected.means_, atol=1e-5)
    factor = np.linalg.cholesky(expected.covariances_)
    np.testing.assert_allclose(found.factors, factor, rtol=1e-4, atol=1e-4)
