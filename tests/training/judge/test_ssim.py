"""Structural similarity against SciPy's Gaussian filter."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from training.judge.ssim import ssim

RNG = np.random.default_rng(0)
X = RNG.random((2, 3, 24, 24))
Y = np.clip(X + 0.2 * RNG.standard_normal(X.shape), 0, 1)


def slow(x: np.ndarray, y: np.ndarray) -> float:
    """Of one channel (S, S), on windows inside the picture."""

    def local(a: np.ndarray) -> np.ndarray:
        return gaussian_filter(a, 1.5, radius=5)[5:-5, 5:-5]

    mx, my = local(x), local(y)
    vx, vy, cov = local(x * x) - mx**2, local(y * y) - my**2, local(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * mx * my + c1) * (2 * cov + c2)
    return (top / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean()


def test_it_is_the_mean_over_windows_and_channels():
    expected = [np.mean([slow(X[i, c], Y[i, c]) for c in range(3)]) for i in range(2)]
    np.testing.assert_allclose(ssim(torch.from_numpy(X), torch.from_numpy(Y)), expected)


def test_equal_pictures_have_1_and_others_less():
    x = torch.from_numpy(X)
    np.testing.assert_allclose(ssim(x, x), 1)
    assert (ssim(x, 1 - x) < 0).all()
    blurred = torch.from_numpy(gaussian_filter(X, (0, 0, 2, 2)))
    assert (ssim(x, blurred) < 0.5).all()


@pytest.mark.parametrize("size", [1, 2, 8, 10])
def test_small_pictures_have_a_smaller_window(size: int):
    x = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(ssim(x, x), 1, rtol=1e-6)
