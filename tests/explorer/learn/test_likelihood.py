"""Step 4: the likelihood of a picture."""

import numpy as np
import pytest
from scipy.stats import norm

from explorer.learn.likelihood import gaussian_log_likelihood, residual, walk
from explorer.learn.pictures import gallery, pictures


def test_it_is_the_sum_of_normal_log_densities():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (4, 4, 3), np.uint8)
    mean = rng.random((5, 4, 4, 3), np.float32)
    expected = norm.logpdf(picture / 255, mean.astype(np.float64), 0.07).sum((1, 2, 3))
    assert gaussian_log_likelihood(picture, mean, 0.07) == pytest.approx(expected, rel=1e-6)


def test_a_face_is_explained_best_by_its_own_code(shipped):
    rows = gallery(len(shipped.run.faces), 4)
    codes, given = shipped.run.faces.mean[rows], pictures(shipped, rows).pixels
    for k in range(len(rows)):
        path = walk(shipped, given[k], codes[k], codes[(k + 1) % len(rows)])
        assert abs(path.places[path.log_likelihoods.argmax()]) < 0.1
        at_other = path.log_likelihoods[np.abs(path.places - 1).argmin()]
        assert path.log_likelihoods.max() - at_other > 1000  # nats


def test_a_difference_is_grey_where_there_is_none():
    picture = np.full((2, 2, 3), 200, np.uint8)
    mean = np.full((2, 2, 3), 200 / 255)
    mean[0, 0] = 0.0
    shown = residual(picture, mean)
    assert (shown[1] == 128).all()
    assert (shown[0, 0] == 255).all()
