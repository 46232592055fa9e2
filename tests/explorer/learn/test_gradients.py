"""Step 7: the two gradient estimators, in closed form and on the model that ships."""

import numpy as np
import pytest

from explorer.learn.gradients import (
    Quadratic,
    by_reparameterization,
    by_score_function,
    estimates_along,
    expectation,
    linearised,
    race,
    race_figures,
)
from explorer.learn.model_access import explained
from explorer.learn.pictures import evenly_spread, pictures

ROWS = 8


def bowl(dimensions: int, curvature: float) -> Quadratic:
    """-curvature / 2 * z^2, its best place at 0."""
    zero = np.zeros(dimensions)
    return Quadratic(zero, 0.0, zero, curvature * np.eye(dimensions))


@pytest.fixture(scope="module")
def face(shipped):
    """log p(x|z) of one face, and the mean and standard deviation of its q(z|x)."""
    row = evenly_spread(len(shipped.run.faces), ROWS)[:1]
    mean = shipped.run.faces.mean[row[0]].astype(np.float64)
    spread = np.exp(0.5 * shipped.run.faces.logvar[row[0]].astype(np.float64))
    picture = pictures(shipped, row).pixels[0]
    return linearised(shipped, picture, mean.astype(np.float32)), mean, spread, picture


def test_value_and_gradient_of_a_quadratic():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 3))
    f = Quadratic(rng.normal(size=3), 2.0, rng.normal(size=3), a @ a.T)
    z, h = rng.normal(size=3), 1e-5
    slopes = [(f.at(z + h * e) - f.at(z - h * e)) / (2 * h) for e in np.eye(3)]
    assert f.gradient(z) == pytest.approx(np.array(slopes), rel=1e-6)
    assert f.at(f.centre) == 2.0


@pytest.mark.parametrize("dimensions", [1, 10, 100])
def test_variances_in_closed_form(dimensions: int):
    """At the best place, with spread^2 = 1 / curvature and the baseline E[f]: by hand, 1 / spread^2
    for the reparameterized estimate and (D + 4) / 2 times as much for the score function.
    """
    spread, mean = np.full(dimensions, 0.5), np.zeros(dimensions)
    f = bowl(dimensions, 4.0)
    found = race(f, mean, spread, dimensions, 1, 200_000 // dimensions, with_baseline=True)
    by_path, by_score = found.variances
    assert by_path == pytest.approx(4.0, rel=0.15)
    assert by_score == pytest.approx(4.0 * (dimensions + 4) / 2, rel=0.3)


def test_both_estimators_are_right_on_average():
    f, mean, spread = bowl(2, 3.0), np.array([0.4, -0.2]), np.array([0.6, 0.3])
    noise = np.random.default_rng(0).standard_normal((400_000, 2))
    expected = -3.0 * 0.4
    for estimates in (
        by_reparameterization(f, mean, spread, noise),
        by_score_function(f, mean, spread, noise),
        by_score_function(f, mean, spread, noise, baseline=-5.0),
    ):
        error = 5 * estimates.std() / np.sqrt(len(estimates))
        assert abs(estimates.mean() - expected) < error


def test_expectation_is_the_mean_over_draws():
    f, mean, spread = bowl(3, 2.0), np.array([1.0, 0.0, -1.0]), np.array([0.5, 1.0, 0.1])
    draws = mean + spread * np.random.default_rng(0).standard_normal((200_000, 3))
    assert expectation(f, mean, spread) == pytest.approx(f.at(draws).mean(), rel=0.01)


def test_the_score_function_scatters_far_more_on_a_real_face(face):
    f, mean, spread, _ = face
    d = len(mean)
    for dimensions, baseline, factor in ((d, True, 50), (d, False, 1e4), (1, True, 1.5)):
        found = race(f, mean, spread, dimensions, 1, 2000, baseline)
        by_path, by_score = found.variances
        assert by_score > factor * by_path
        for estimates in found[:2]:
            assert abs(estimates.mean() - found.exact) < 5 * estimates.std() / np.sqrt(2000)


def test_averaging_draws_divides_the_variance(face):
    f, mean, spread, _ = face
    one = race(f, mean, spread, len(mean), 1, 2000, True).variances
    sixteen = race(f, mean, spread, len(mean), 16, 2000, True).variances
    for before, after in zip(one, sixteen, strict=True):
        assert before / after == pytest.approx(16, rel=0.35)


def test_the_linearised_decoder_agrees_with_the_real_one_near_the_code(shipped, face):
    f, mean, spread, picture = face
    assert np.linalg.eigvalsh(f.curvature).min() > -1e-6 * np.trace(f.curvature)
    noise = np.random.default_rng(0).standard_normal((16, len(mean)))
    codes = (mean + spread * noise).astype(np.float32)
    real = explained(shipped.model, picture, codes).log_likelihoods
    assert np.abs(f.at(codes) - real).mean() < 0.1 * np.abs(real - f.value).mean()


def test_the_quadratic_has_the_value_of_a_gaussian_with_one_sigma(shipped, face):
    f, mean, _, picture = face
    here = explained(shipped.model, picture, mean[None].astype(np.float32))
    assert f.value == pytest.approx(here.log_likelihoods[0], rel=1e-6)


def test_frozen_noise_gives_a_smooth_curve_and_fresh_noise_does_not(face):
    f, mean, spread, _ = face
    rng, places = np.random.default_rng(0), mean + np.linspace(-1, 1, 41)[:, None]
    frozen = estimates_along(f, places, spread, rng.standard_normal((6, len(mean))))
    fresh = estimates_along(f, places, spread, rng.standard_normal((41, 6, len(mean))))
    # A quadratic has the same second difference everywhere.
    assert np.diff(frozen, 2).std() < 1e-3 * np.diff(fresh, 2).std()


def test_both_histograms_hold_all_estimates(face):
    f, mean, spread, _ = face
    found = race(f, mean, spread, 8, 2, 300, True)
    for same in (True, False):
        for made in race_figures(found, same):
            height = np.array(made.series[0]["data"])[1:-1:2, 1]  # of each bin
            assert height.sum() == pytest.approx(1)
    for same in (True, False):
        one, other = (made.option["xAxis"]["max"] for made in race_figures(found, same))
        assert (one == other) is same
