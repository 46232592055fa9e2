"""What is written once for two libraries: numpy gives what torch gives."""

import numpy as np
import pytest
import torch

from training.model import arrays
from training.model.likelihoods import LIKELIHOODS, OUTPUTS, likelihood
from training.model.objectives import (
    autoencoder_objective,
    gaussian_rate,
    importance_weighted,
    log_weights,
)
from training.model.posterior import Posterior

FAR = np.array([-90, -38, -31, -30, -29, -9, -3, -1, -1e-3, 0, 1e-3, 1, 3, 9, 38, 90], np.float32)
ROWS = np.stack([FAR, FAR[::-1].copy(), np.zeros_like(FAR)])


def close(found: np.ndarray, expected: torch.Tensor, rtol: float = 2e-5, atol: float = 1e-6):
    assert isinstance(found, np.ndarray)
    assert found.dtype == expected.numpy().dtype
    np.testing.assert_allclose(found, expected.numpy(), rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "logsigmoid", "log_ndtr"])
def test_a_function_of_single_values(name: str):
    function = getattr(arrays, name)
    close(function(FAR), function(torch.from_numpy(FAR)))


@pytest.mark.parametrize("name", ["logsumexp", "log_softmax"])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_function_along_an_axis(name: str, axis: int):
    function = getattr(arrays, name)
    close(function(ROWS, axis), function(torch.from_numpy(ROWS), axis))


def test_the_distribution_function_has_no_seam():
    x = np.linspace(-30.01, -29.99, 21)
    assert np.allclose(np.diff(arrays.log_ndtr(x)), 0.03, rtol=2e-3)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_likelihood_says_the_same_of_arrays_of_either(name: str):
    generator = torch.Generator().manual_seed(1)
    outputs = 2 * torch.randn(2, 3 * OUTPUTS[name], 6, 6, generator=generator)
    x = torch.randint(0, 256, (2, 3, 6, 6), generator=generator) / 255
    expected = likelihood(name, outputs, torch.tensor(-2.0))
    found = likelihood(name, outputs.numpy(), np.array(-2, np.float32))
    close(found.mean, expected.mean, atol=1e-5)
    close(found.deviation, expected.deviation, rtol=1e-4)
    close(found.log_density(x.numpy()), expected.log_density(x), rtol=1e-4, atol=1e-3)
    close(found.log_probability(x.numpy()), expected.log_probability(x), rtol=1e-3, atol=1e-3)
    pictures = expected.pictures()
    assert found.pictures().keys() == pictures.keys()
    for key, picture in found.pictures().items():
        close(np.ascontiguousarray(picture), pictures[key], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_draws_with_numpy_have_the_mean_and_spread_that_are_told(name: str):
    outputs = np.tile(np.linspace(-0.3, 0.3, 3 * OUTPUTS[name], dtype=np.float32), (4000, 1))
    p = likelihood(name, outputs[:, :, None, None], np.array(-3, np.float32))
    drawn = p.sample(np.random.default_rng(0))
    assert (drawn.shape, drawn.dtype) == ((4000, 3, 1, 1), np.float32)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    np.testing.assert_array_equal(drawn, p.sample(np.random.default_rng(0)))
    np.testing.assert_allclose(drawn.mean(0), p.mean[0], atol=0.03)
    if name not in ("learned", "logistic-mixture"):  # wide enough here to be clipped
        np.testing.assert_allclose(drawn.std(0), p.deviation[0], rtol=0.1)


def test_objectives_say_the_same_of_arrays_of_either():
    draw = np.random.default_rng(2).standard_normal
    mean, logvar = draw((4, 5)), draw((4, 5))
    noise, likelihoods, x = draw((7, 4, 5)), draw((7, 4)), np.abs(draw((4, 3, 2, 2))).clip(0, 1)
    outputs = draw((4, 3, 2, 2))

    def said(of) -> list:
        q = Posterior(of(mean), of(logvar))
        weights = log_weights(of(likelihoods), q, of(noise))
        parts = autoencoder_objective(of(x), likelihood("optimal", of(outputs), of(np.array(-1.0))))
        return [gaussian_rate(q), weights, importance_weighted(weights), *parts]

    for found, expected in zip(said(np.asarray), said(torch.from_numpy), strict=True):
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-9)
