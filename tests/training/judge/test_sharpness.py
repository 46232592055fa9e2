"""Sharpness of waves, whose Laplacian is known, and of blurred pictures."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from training.judge.sharpness import sharpness


@pytest.mark.parametrize("period", [4, 8, 16])
def test_of_a_wave(period: int):
    """The 5-point Laplacian of sin(w x) is 2 (cos w - 1) sin(w x); sin^2 has the mean 1/2."""
    w = 2 * math.pi / period
    wave = torch.sin(w * torch.arange(34, dtype=torch.float64) + math.pi / 4)
    x = torch.stack([wave.expand(34, 34), 3 * wave.expand(34, 34).T])[:, None].expand(2, 3, 34, 34)
    expected = (2 * (math.cos(w) - 1)) ** 2 / 2
    np.testing.assert_allclose(sharpness(x), [expected, 9 * expected])


def test_a_slope_has_none_and_blur_takes_it_away():
    slope = torch.linspace(0, 1, 16, dtype=torch.float64).expand(1, 3, 16, 16)
    np.testing.assert_allclose(sharpness(slope), 0, atol=1e-12)
    noise = np.random.default_rng(0).random((2, 3, 24, 24))
    found = [
        sharpness(torch.from_numpy(gaussian_filter(noise, (0, 0, s, s)))).mean()
        for s in (0, 0.5, 1, 2)
    ]
    assert found == sorted(found, reverse=True)
