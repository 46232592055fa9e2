"""Step 9: the aggregate posterior against densities for z."""

import numpy as np
import pytest
from scipy.stats import chi, multivariate_normal

from explorer.learn.prior import (
    COLOURS,
    FARTHEST,
    SAMPLERS,
    aggregate,
    chi_density,
    densities,
    divergence_at_least,
    log_densities,
    margin_figure,
    radius_figure,
    spectrum,
    spectrum_figure,
)
from training.codes.mixture import Mixture
from training.codes.samplers import draw


@pytest.fixture(scope="module")
def codes(shipped):
    """Draws of the aggregate posterior of the model that ships."""
    return aggregate(shipped.run.faces.mean, shipped.run.faces.logvar)


def test_draws_have_the_mean_and_spread_of_their_posteriors():
    mean, logvar = np.array([[1.0, -1.0]] * 50_000), np.array([[0.0, -4.0]] * 50_000)
    draws = aggregate(mean, logvar)
    assert draws.mean(0) == pytest.approx([1, -1], abs=0.02)
    assert draws.std(0) == pytest.approx([1, np.exp(-2)], rel=0.02)
    assert (aggregate(mean[:2], np.full((2, 2), -np.inf)) == mean[:2]).all()


def test_densities_are_those_of_scipy(shipped, codes):
    candidates = densities(shipped.run.space)
    few = codes[:20]
    d = few.shape[1]
    expected = multivariate_normal(np.zeros(d), np.eye(d)).logpdf(few)
    assert candidates["prior"].log_density(few) == pytest.approx(expected)
    one = candidates["one Gaussian"]
    covariance = (factor := one.factors[0].astype(np.float64)) @ factor.T
    center = shipped.run.space.center
    assert one.means[0] == pytest.approx(center, abs=0.03)  # of 30,000 of the codes
    expected = multivariate_normal(one.means[0], covariance).logpdf(few)
    assert one.log_density(few) == pytest.approx(expected)


def test_what_was_fitted_to_codes_explains_those_of_other_faces_better(shipped, codes):
    found = log_densities(densities(shipped.run.space), codes)
    assert found["mixture"] > found["one Gaussian"] + 2 > found["prior"] + 20  # nats
    assert divergence_at_least(found) == found["mixture"] - found["prior"]


def test_the_gap_is_never_overstated():
    """Codes from N(0, 4 I): their divergence from the prior is known."""
    d = 5
    rng = np.random.default_rng(0)
    wide = Mixture(np.ones(1), np.zeros((1, d)), 2 * np.eye(d)[None])
    close = Mixture(np.ones(1), np.full((1, d), 0.3), 1.8 * np.eye(d)[None])
    prior = Mixture(np.ones(1), np.zeros((1, d)), np.eye(d)[None])
    codes = 2 * rng.standard_normal((100_000, d))
    true = 0.5 * d * (4 - 1 - np.log(4))
    for guess, share in ((wide, 1.0), (close, 0.95)):
        found = log_densities({"prior": prior, "one Gaussian": guess, "mixture": prior}, codes)
        assert share * true * 0.98 < divergence_at_least(found) < 1.01 * true


def test_every_density_has_a_colour(shipped):
    assert tuple(densities(shipped.run.space)) == tuple(COLOURS) == SAMPLERS


def test_a_seed_is_the_same_noise_in_every_density(shipped):
    candidates = densities(shipped.run.space)
    codes = {name: draw(candidates[name], range(3)) for name in SAMPLERS}
    one = candidates["one Gaussian"]
    expected = codes["prior"] @ one.factors[0].T + one.means[0]
    assert codes["one Gaussian"] == pytest.approx(expected, abs=1e-4)
    assert codes["mixture"] == pytest.approx(
        np.stack([shipped.run.space.mixture.sample(seed) for seed in range(3)]), abs=1e-5
    )


def test_temperature_shrinks_towards_the_mean(shipped):
    one = densities(shipped.run.space)["one Gaussian"]
    assert draw(one, range(2), 0.0) == pytest.approx(np.repeat(one.means, 2, 0), abs=1e-6)
    half, whole = draw(one, range(4), 0.5), draw(one, range(4))
    assert half - one.means == pytest.approx((whole - one.means) / 2, abs=1e-5)


def test_directions_differ_more_than_dimensions(codes):
    found = spectrum(codes)
    eigenvalues = np.linalg.eigvalsh(np.cov(codes.T))[::-1]
    assert found.directions**2 == pytest.approx(eigenvalues, rel=1e-4)
    assert found.directions[0] > found.single[0]
    assert found.directions[-1] < found.single[-1]


def test_figures_hold_the_prior_and_the_faces(codes):
    for made in (
        spectrum_figure(spectrum(codes)),
        radius_figure(codes),
        margin_figure(codes, 3),
    ):
        assert {"prior"} < set(made.option["legend"]["data"])
    low, high, y = (
        np.array(radius_figure(codes).series[0]["data"])[1:-1]
        .reshape(-1, 2, 2)
        .T[[0, 0, 1], [0, 1, 0]]
    )
    assert (y * (high - low)).sum() == pytest.approx(1)  # a density of all codes


@pytest.mark.parametrize("d", [1, 2, 8, 256])
def test_the_prior_expects_distances_as_chi_does(d: int):
    x = np.linspace(0.1, np.sqrt(d) + FARTHEST, 50)
    np.testing.assert_allclose(chi_density(x, d), chi.pdf(x, d), rtol=1e-9)
    assert chi.cdf(np.sqrt(d) + FARTHEST, d) > 0.9999
