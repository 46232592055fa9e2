"""Step 4: the likelihood of a picture."""

import numpy as np
import pytest
from scipy.stats import norm

from explorer.learn.likelihood import residual, walk
from explorer.learn.model_access import distribution, explained
from explorer.learn.pictures import evenly_spread, pictures


def test_it_is_the_sum_of_normal_log_densities(loaded):
    picture = pictures(loaded, np.array([3])).pixels[0]
    codes = loaded.run.faces.mean[:20]  # more than are decoded at once
    found = explained(loaded.model, picture, codes)
    spread = float(distribution(loaded.model, codes[0]).deviation.max())
    expected = norm.logpdf(picture / 255, found.means.astype(np.float64), spread).sum((1, 2, 3))
    assert found.log_likelihoods == pytest.approx(expected, rel=1e-6, abs=0.01)
    assert np.abs(found.means - loaded.renderer.decode(codes) / 255).max() < 0.6 / 255


def test_a_face_is_explained_best_by_its_own_code(shipped):
    rows = evenly_spread(len(shipped.run.faces), 4)
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
