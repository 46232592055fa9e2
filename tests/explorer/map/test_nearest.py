"""The nearest points are those of all distances."""

import numpy as np
import pytest

from explorer.map.nearest import Nearest


@pytest.mark.parametrize("count", [1, 7, 500, 900])
@pytest.mark.parametrize("shift", [0, 30])
def test_the_nearest_are_those_of_all_distances(count: int, shift: float):
    rng = np.random.default_rng(0)
    points = (rng.standard_normal((500, 40)) + shift).astype(np.float32)
    near = Nearest(points)
    for point in (rng.standard_normal(40) + shift).astype(np.float32), points[17]:
        rows, distances = near.find(point, count)
        expected = np.linalg.norm(points - point, axis=1)
        np.testing.assert_array_equal(rows, np.argsort(expected, kind="stable")[:count])
        np.testing.assert_allclose(distances, np.sort(expected)[:count], rtol=1e-6)


def test_a_point_itself_is_at_distance_zero_and_equal_points_come_in_order():
    points = np.zeros((5, 3), np.float32)
    points[3] = 1
    rows, distances = Nearest(points).find(np.zeros(3), 5)
    assert rows.tolist() == [0, 1, 2, 4, 3]
    assert distances[0] == 0
