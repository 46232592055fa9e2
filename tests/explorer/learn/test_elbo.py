"""Step 6: the ELBO and the bound above it."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from explorer.learn.elbo import (
    SPREADS,
    along_spread,
    best_spread,
    bound,
    change_figure,
    gap_figure,
    log_weights,
    moved,
    spread_figure,
)
from explorer.learn.model_access import bound_of_draws, distribution, means
from explorer.learn.pictures import evenly_spread, pictures
from training.loop.steps import objective
from training.run.run_folder import load_model


@pytest.fixture(scope="module")
def face(shipped):
    """A picture, the mean and log-variance of its q(z|x), and draws."""
    picture = pictures(shipped, evenly_spread(len(shipped.run.faces), 8)[2:3]).pixels
    mean, logvar = (a[0].astype(np.float64) for a in shipped.encoder.posterior(picture))
    return picture[0], mean, logvar, np.random.default_rng(0).standard_normal((8, len(mean)))


def test_parts_are_those_that_training_computes(shipped, face):
    picture, mean, logvar, noise = face
    found = bound(shipped, picture, mean, logvar, noise[:1])
    x = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        # The likelihood "optimal" takes sigma from the batch; here the model's own is meant.
        parts = objective(load_model(shipped.run.root), x, torch.from_numpy(noise[:1]).float())
        mse, rate = float(parts.mse), float(parts.rate)
    assert found.rate == pytest.approx(rate, rel=1e-4)
    spread = float(distribution(shipped.model, mean.astype(np.float32)).deviation.max())
    normaliser = 0.5 * picture.size * np.log(2 * np.pi * spread**2)
    error = picture.size * mse / (2 * spread**2)
    assert found.distortion == pytest.approx(error + normaliser, rel=1e-3)
    assert found.elbo == -(found.distortion + found.rate)


def test_the_encoders_own_q_is_near_the_best(shipped, face):
    """Its mean is; a rate that counts beta times makes it sqrt(beta) times as wide as the best."""
    elbos = along_spread(shipped, *face)
    expected = best_spread(shipped)
    assert expected == shipped.run.config.training.beta**-0.5
    assert expected / 2 < SPREADS[int(elbos.argmax())] < 2 * expected
    picture, mean, logvar, noise = face
    own = bound(shipped, picture, mean, logvar, noise)
    for shift in (1.0, 2.0):
        off = bound(shipped, picture, *moved(mean, logvar, shift, 1.0), noise)
        assert off.elbo < own.elbo - 20 * shift**2
        assert off.distortion > own.distortion
    wide = bound(shipped, picture, *moved(mean, logvar, 0.0, 2.0), noise)
    assert wide.rate < own.rate < bound(shipped, picture, *moved(mean, logvar, 0, 0.5), noise).rate


def test_moving_keeps_to_its_units():
    mean, logvar = np.array([1.0, 2.0, 3.0]), np.array([0.0, -2.0, -4.0])
    there, wider = moved(mean, logvar, 3.0, 2.0)
    assert np.abs(there - mean) / np.exp(0.5 * logvar) == pytest.approx(3.0)
    assert np.exp(0.5 * (wider - logvar)) == pytest.approx(2.0)
    same = moved(mean, logvar, 0.0, 1.0)
    assert (same[0] == mean).all()
    assert (same[1] == logvar).all()


def test_log_weights_are_three_log_densities(shipped, face):
    picture, mean, logvar, noise = face
    z = mean + np.exp(0.5 * logvar) * noise
    decoded = means(shipped.model, z.astype(np.float32)).astype(np.float64)
    spread = float(distribution(shipped.model, mean.astype(np.float32)).deviation.max())
    expected = (
        norm.logpdf(picture / 255, decoded, spread).sum((1, 2, 3))
        + norm.logpdf(z).sum(1)
        - norm.logpdf(z, mean, np.exp(0.5 * logvar)).sum(1)
    )
    assert log_weights(shipped, picture, mean, logvar, noise) == pytest.approx(expected, rel=1e-6)


def test_the_importance_weighted_bound_rises_from_the_elbo(shipped):
    """Theorem 1 of Burda et al. 2016 holds for averages over draws; here also for three faces."""
    given = pictures(shipped, evenly_spread(len(shipped.run.faces), 3)).pixels
    rng, bounds = np.random.default_rng(0), []
    for picture, *q in zip(given, *shipped.encoder.posterior(given), strict=True):
        noise = rng.standard_normal((32, shipped.renderer.latent))
        weights = log_weights(shipped, picture, *(a.astype(np.float64) for a in q), noise)
        assert bound_of_draws(weights, 1) == pytest.approx(weights.mean())
        bounds.append([bound_of_draws(weights, k) for k in (1, 2, 4, 8, 16, 32)])
    mean = np.mean(bounds, 0)
    assert (np.diff(mean) > 0).all()
    assert mean[-1] > mean[0] + 1  # nats


def test_the_bound_never_passes_a_known_evidence():
    """log weights that are normal with mean -v/2 and variance v have evidence log 1 = 0."""
    weights = np.random.default_rng(0).normal(-0.5, 1.0, 200_000)
    bounds = [bound_of_draws(weights, k) for k in (1, 4, 16, 64, 1024)]
    assert bounds[0] == pytest.approx(-0.5, abs=0.01)
    assert (np.diff(bounds) > 0).all()
    assert -0.01 < bounds[-1] < 0.005
    pairs = np.logaddexp(weights[0:4:2], weights[1:4:2]) - np.log(2)
    assert bound_of_draws(weights[:5], 2) == pytest.approx(pairs.mean())


def test_figures_say_what_was_computed(shipped, face):
    picture, mean, logvar, noise = face
    before = bound(shipped, picture, mean, logvar, noise[:2])
    after = bound(shipped, picture, *moved(mean, logvar, 1.0, 1.0), noise[:2])
    elbo, rate, error = (b["value"] for b in change_figure(before, after).series[0]["data"])
    assert elbo == pytest.approx(-(rate + error))
    assert elbo < 0 < error
    made = spread_figure(np.arange(9.0), 2.0)
    assert made.series[0]["data"] == [[spread, k] for k, spread in enumerate(SPREADS)]
    ends = [made.option["yAxis"][end] for end in ("min", "max")]
    assert ends == pytest.approx([5.8, 8.2])  # from a quarter of the best spread up
    assert gap_figure({1: -3.0, 2: -2.0}, 2).series[1]["data"] == [[2, -2.0]]
