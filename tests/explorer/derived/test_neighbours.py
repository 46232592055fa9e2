"""The nearest points, whichever way they are looked for."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from explorer.derived import neighbours
from explorer.derived.neighbours import by_all_distances, nearest_points


@pytest.mark.parametrize("features", [2, 3, 40])
def test_all_distances_find_what_a_tree_finds(features: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neighbours, "CHUNK", 1000)  # several parts
    draw = np.random.default_rng(0).standard_normal
    points, asked = draw((300, features)).astype(np.float32), draw((50, features))
    expected = cKDTree(points).query(asked, 7)[1]
    np.testing.assert_array_equal(by_all_distances(points, asked, 7), expected)
    np.testing.assert_array_equal(nearest_points(points, asked, 7), expected)
    assert nearest_points(points, asked, 1).shape == (50, 1)
