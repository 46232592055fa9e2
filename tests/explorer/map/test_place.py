"""New codes on a map: exact where it is exact, near elsewhere, and sure only where it may be."""

import numpy as np
import pytest

from explorer.derived.planes import principal_plane
from explorer.map.place import FOUND_WITHIN, Placer

rng = np.random.default_rng(0)
FLAT = rng.random((800, 2)).astype(np.float32)
TURN = np.linalg.qr(rng.standard_normal((6, 2)))[0].T  # the plane bent into six dimensions
FEATURES = (FLAT @ TURN + 0.002 * rng.standard_normal((800, 6))).astype(np.float32)


@pytest.fixture(scope="module")
def placer() -> Placer:
    """Of a map that keeps all neighbourhoods."""
    return Placer(FEATURES, FLAT)


@pytest.mark.parametrize("row", [0, 17, 799])
def test_a_face_of_the_map_lies_where_it_lies(placer: Placer, row: int):
    place = placer.place(FEATURES[row])
    np.testing.assert_allclose(place.position, FLAT[row], atol=0.002)
    assert place.confidence > 0.95


def test_a_new_code_lies_between_its_neighbours(placer: Placer):
    for _ in range(50):
        point = 0.1 + 0.8 * rng.random(2)
        place = placer.place((point @ TURN).astype(np.float32))
        assert np.linalg.norm(place.position - point) < FOUND_WITHIN * np.sqrt(2)
        assert place.confidence > 0.9
        assert place.position.dtype == np.float32


def test_a_code_on_its_way_makes_no_jumps(placer: Placer):
    start, end = FLAT[0], FLAT[1]
    way = [start + t * (end - start) for t in np.linspace(0, 1, 400)]
    places = np.array([placer.place((p @ TURN).astype(np.float32)).position for p in way])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps.max() < 0.02


def test_a_code_far_from_all_faces_is_not_sure(placer: Placer):
    away = [placer.place(FEATURES[0] + far).confidence for far in (0, 1, 5, 50)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 0.01


def test_a_map_without_order_is_never_sure():
    placer = Placer(FEATURES, rng.random((800, 2)).astype(np.float32))
    new = (rng.random((50, 2)) @ TURN).astype(np.float32)
    assert np.mean([placer.place(code).confidence for code in new]) < 0.1


def test_a_code_between_two_islands_lies_on_one_of_them():
    islands = np.repeat([[0.0, 0.0], [10.0, 0.0]], 40, axis=0) + 0.1 * rng.random((80, 2))
    features = np.hstack([islands / 10, 0.05 * rng.random((80, 4))]).astype(np.float32)
    new = features[:40].mean(0) + np.array([0.45, 0, 0, 0, 0, 0], np.float32)
    x = Placer(features, islands).place(new).position[0]
    assert min(abs(x), abs(x - 10)) < 1


def test_confidence_is_the_share_of_new_codes_that_are_found():
    """Half of the plane is in order, half is shuffled; codes that made no map are placed."""
    places = FLAT.copy()
    shuffled = FLAT[:, 0] > 0.5
    places[shuffled] = rng.permutation(places[shuffled])
    placer = Placer(FEATURES, places)
    new = rng.random((400, 2))
    found = [placer.place((point @ TURN).astype(np.float32)) for point in new]
    confidence = np.array([place.confidence for place in found])
    error = np.linalg.norm([p.position for p in found] - new, axis=1)
    hit = (error < FOUND_WITHIN * np.linalg.norm(np.ptp(places, 0))) & (new[:, 0] < 0.5)
    sure = confidence > 0.7
    assert hit[sure].mean() > 0.7
    assert hit[confidence < 0.3].mean() < 0.3


def test_on_straight_axes_a_place_is_the_projection():
    plane = principal_plane(FEATURES, 2)
    placer = Placer(FEATURES, plane.positions(FEATURES), plane)
    new = (rng.random(2) @ TURN).astype(np.float32)
    place = placer.place(new)
    np.testing.assert_array_equal(place.position, plane.positions(new[None])[0])
    assert place.confidence == 1
    assert placer.place(new + 50).confidence < 0.01


def test_codes_that_are_all_alike_have_a_place():
    placer = Placer(np.zeros((20, 4), np.float32), np.zeros((20, 2), np.float32))
    place = placer.place(np.zeros(4, np.float32))
    assert np.isfinite(place.position).all()
    assert 0 <= place.confidence <= 1
