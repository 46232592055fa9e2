"""Figures of numpy arrays are those of training's formulas."""

import numpy as np
import pytest
import torch

from training.model.figures import AT_ONCE, LIKEST, likeness, psnr, rates, rates_of_codes
from training.model.objectives import gaussian_rate
from training.model.posterior import Posterior


def test_rates_are_those_of_the_objective():
    mean, logvar = np.random.default_rng(0).standard_normal((2, 50, 3)).astype(np.float32)
    expected = gaussian_rate(Posterior(torch.from_numpy(mean), torch.from_numpy(logvar)))
    found = rates(mean, logvar)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(rates(np.zeros((1, 3)), np.zeros((1, 3))), 0)


def test_the_hourglass_has_no_rate():
    assert (rates(np.ones((2, 3)), np.full((2, 3), -np.inf)) == 0).all()


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1])
def test_many_codes_have_the_rates_of_each(count: int):
    mean, logvar = np.random.default_rng(0).standard_normal((2, count, 3))
    np.testing.assert_allclose(rates_of_codes(mean, logvar), rates(mean, logvar).sum(1))


def test_psnr_of_an_error_of_a_tenth_is_20_db():
    assert psnr(0.01) == pytest.approx(20)
    np.testing.assert_allclose(psnr(np.float32([[1, 0.1], [0.001, 0]])), [[0, 10], [30, LIKEST]])


def test_likeness_by_hand():
    black = np.zeros((64, 64, 3), np.uint8)
    assert likeness(black, black) == pytest.approx(99)
    assert likeness(black, black + 255) == pytest.approx(0, abs=1e-9)
    assert likeness(black + 51, black) == pytest.approx(-20 * np.log10(0.2))


def test_likeness_of_many_pictures_that_were_not_rounded():
    picture = np.full((2, 2, 3), 255, np.uint8)
    others = np.stack([np.full((2, 2, 3), share, np.float32) for share in (0.9, 0.0)])
    assert likeness(picture, others) == pytest.approx([20.0, 0.0], abs=1e-5)
