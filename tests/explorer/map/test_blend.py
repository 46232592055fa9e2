"""Faces at places of a map, against Shepard's formula, and without jumps."""

import numpy as np
import pytest

from explorer.map.blend import NEIGHBOURS, Blend, shepard_weights

rng = np.random.default_rng(0)
PLACES = rng.random((700, 2)).astype(np.float32)
CODES = rng.standard_normal((700, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def blend() -> Blend:
    return Blend(PLACES, CODES)


def test_a_place_has_the_weighted_mean_of_the_codes_around_it(blend: Blend):
    points = (0.2 + 0.6 * rng.random((20, 2))).astype(np.float32)
    codes, support = blend.at(points)
    for point, code in zip(points, codes, strict=True):
        away = np.linalg.norm(PLACES.astype(np.float64) - point, axis=1)
        rows = np.argsort(away)[: NEIGHBOURS + 1]
        weights = (1 / away[rows] - 1 / away[rows[-1]]) ** 2
        np.testing.assert_allclose(code, weights / weights.sum() @ CODES[rows], atol=1e-4)
    assert (support == 1).mean() > 0.8


def test_on_the_place_of_a_face_there_is_that_face(blend: Blend):
    codes, support = blend.at(PLACES[:30])
    np.testing.assert_allclose(codes, CODES[:30], atol=1e-5)
    assert support.min() > 0.5


def test_a_face_on_its_way_makes_no_jumps(blend: Blend):
    way = np.linspace([0.3, 0.35], [0.6, 0.55], 6000, dtype=np.float32)
    codes = blend.at(way).codes
    assert np.linalg.norm(np.diff(codes, axis=0), axis=1).max() < 0.1


def test_far_from_all_faces_nothing_is_held_up_and_nearer_more_is(blend: Blend):
    support = blend.at(np.array([[0.5, 0.5], [1.1, 0.5], [1.2, 0.5], [2, 2]], np.float32)).support
    assert (np.diff(support) <= 0).all()
    assert (support[0], support[-1]) == (1, 0)


def test_places_of_another_number_of_dimensions_are_refused(blend: Blend):
    with pytest.raises(ValueError, match="expected places of 2 dimensions; found 3"):
        blend.at(np.zeros((1, 3), np.float32))


def test_faces_all_equally_far_or_all_in_one_place_weigh_the_same():
    np.testing.assert_array_equal(shepard_weights(np.array([2.0, 2.0])), [0.5, 0.5])
    here = Blend(np.zeros((20, 2), np.float32), CODES[:20])
    assert np.isfinite(here.at(np.zeros((1, 2), np.float32)).codes).all()
