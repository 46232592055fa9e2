"""Figures of a map: equal to slower and trusted ways, and right where the answer is known."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from explorer.derived.map_quality import kept, legibility, nearest_others, sample

rng = np.random.default_rng(0)
FEATURES = rng.standard_normal((200, 10)).astype(np.float32)
PLANE = FEATURES[:, :2] + 0.3 * rng.standard_normal((200, 2)).astype(np.float32)


def nearest(points: np.ndarray, k: int) -> np.ndarray:
    """(N, k) rows of the nearest other points, by all distances."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances.argsort(1, kind="stable")[:, :k]


@pytest.mark.parametrize("k", [1, 5, 15])
@pytest.mark.parametrize("places", [PLANE, FEATURES[:, :3], rng.random((200, 2))])
def test_trustworthiness_and_recall_are_those_of_the_definitions(places: np.ndarray, k: int):
    found = kept(FEATURES, places, k)
    expected = trustworthiness(FEATURES, places, n_neighbors=k)
    assert found.trustworthiness == pytest.approx(expected, abs=1e-6)
    both = zip(nearest(FEATURES, k), nearest(places, k), strict=True)
    shared = np.mean([len(set(a) & set(b)) / k for a, b in both])
    assert found.recall == pytest.approx(shared, abs=1e-9)


def test_the_same_places_keep_everything_and_far_away_ones_too():
    assert kept(FEATURES, FEATURES) == (1, 1)
    moved = (1000 + FEATURES).astype(np.float32)
    assert kept(moved, moved).recall > 0.99


def test_some_points_say_nearly_what_all_say_whatever_the_chunks(monkeypatch):
    monkeypatch.setattr("explorer.derived.map_quality.CHUNK", 1000)
    all_of_them, some = kept(FEATURES, PLANE), kept(FEATURES, PLANE, rows=sample(200, 100))
    assert some != all_of_them
    np.testing.assert_allclose(some, all_of_them, atol=0.05)


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="expected more than 30 points"):
        kept(FEATURES[:30], PLANE[:30])


def test_a_sample_is_ascending_without_repeats_and_all_when_few():
    rows = sample(1000, 50)
    assert len(set(rows)) == 50
    assert (np.diff(rows) > 0).all()
    assert rows.max() < 1000
    np.testing.assert_array_equal(rows, sample(1000, 50))
    np.testing.assert_array_equal(sample(7, 50), np.arange(7))


def test_places_tell_what_they_show_and_not_what_they_hide():
    places = rng.random((1000, 2))
    labels = np.stack([places[:, 0] > 0.7, rng.random(1000) > 0.5, np.ones(1000, bool)], 1)
    shown, hidden, constant = legibility(places, labels)
    assert shown > 0.98
    assert 0.4 < hidden < 0.6
    assert np.isnan(constant)


def test_no_point_is_judged_by_itself():
    """Every label is its own: judged by itself and one other, half of the vote would be right."""
    places = rng.random((400, 2))
    labels = rng.random((400, 20)) < 0.5
    assert np.mean(legibility(places, labels, k=2)) == pytest.approx(0.5, abs=0.03)


def test_a_point_is_not_its_own_neighbour_even_where_points_coincide():
    places = rng.random((60, 2))
    places[20:45] = places[20]
    found = nearest_others(places, np.arange(60), 5)
    assert not (found == np.arange(60)[:, None]).any()
    assert all(len(set(row)) == 5 for row in found)
