"""Straight axes: principal directions, ticked attributes, and one map turned onto another."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.derived.planes import aligned, principal_plane, ticked_plane
from explorer.recipe.latent_algebra import principal_components

rng = np.random.default_rng(0)
CODES = (rng.standard_normal((300, 6)) * np.array([3, 2, 1, 1, 0.5, 0.1]) + 5).astype(np.float32)


@pytest.mark.parametrize("dims", [2, 3])
def test_a_principal_plane_is_that_of_scikit_learn_up_to_sign(dims: int):
    plane = principal_plane(CODES, dims)
    expected = PCA(dims).fit_transform(CODES)
    found = plane.positions(CODES)
    assert found.dtype == np.float32
    signs = np.sign((found * expected).sum(0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-3)
    assert (plane.axes[np.abs(plane.axes).argmax(0), np.arange(dims)] > 0).all()


def test_a_principal_plane_is_made_of_the_first_principal_components():
    center, directions, _ = principal_components(CODES)
    plane = principal_plane(CODES, 3)
    np.testing.assert_array_equal(plane.axes, directions[:3].T)
    np.testing.assert_array_equal(plane.center, center)


def test_axes_beyond_the_features_are_zero():
    plane = principal_plane(CODES[:, :1], 3)
    assert plane.positions(CODES[:, :1]).shape == (300, 3)
    assert (plane.axes[:, 1:] == 0).all()


@pytest.mark.parametrize(("ticked", "dims"), [(1, 2), (2, 2), (1, 3), (2, 3), (3, 3)])
def test_ticked_attributes_are_axes_and_the_others_are_orthogonal_to_them(ticked: int, dims: int):
    directions = rng.standard_normal((6, ticked)).astype(np.float32)
    margins = CODES @ directions + 0.5
    titles = ["Male", "Young", "Smiling"][:ticked]
    plane = ticked_plane(margins, CODES, directions, titles, dims)
    places = plane.positions(np.hstack([margins, CODES]))
    np.testing.assert_allclose(places[:, :ticked], margins, atol=1e-4)
    assert plane.titles[:ticked] == tuple(titles)
    assert len(plane.titles) == dims
    rest = places[:, ticked:]
    np.testing.assert_allclose(rest.std(0), 1, rtol=1e-3)
    # Along the ticked directions nothing changes on the other axes.
    moved = CODES + 2 * directions.sum(1)
    moved_places = plane.positions(np.hstack([moved @ directions + 0.5, moved]))
    np.testing.assert_allclose(moved_places[:, ticked:], rest, atol=1e-3)


@pytest.mark.parametrize("dims", [2, 3])
def test_a_turned_mirrored_and_moved_map_is_brought_back(dims: int):
    places = rng.standard_normal((50, dims)).astype(np.float32)
    turn = np.linalg.qr(rng.standard_normal((dims, dims)))[0]
    for mirror in (1, -1):
        turned = places * np.array([mirror, *[1] * (dims - 1)]) @ turn + 7
        np.testing.assert_allclose(aligned(turned, places), places, atol=1e-4)


def test_alignment_changes_no_distance_and_is_the_best_turn():
    places = rng.standard_normal((40, 2))
    like = places + 0.5 * rng.standard_normal((40, 2)) + 3
    found = aligned(places, like)
    np.testing.assert_allclose(
        np.linalg.norm(found[0] - found, axis=1),
        np.linalg.norm(places[0] - places, axis=1),
        atol=1e-4,
    )
    error = ((found - like) ** 2).sum()
    for angle in np.linspace(0, 2 * np.pi, 50):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        other = (found - found.mean(0)) @ turn + like.mean(0)
        assert ((other - like) ** 2).sum() >= error - 1e-3
