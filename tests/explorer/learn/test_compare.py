"""Compare: one edit and one walk in two models."""

import numpy as np
import pytest

from explorer.learn.compare import (
    edited,
    map_figure,
    on_map,
    shared_attributes,
    steadiness,
    walk_figure,
)
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source


def test_an_edit_is_the_explorers(shipped):
    name = str(shipped.run.faces.ids[3])
    expected = compose(
        Recipe(Source("picture", name), attributes={"Smiling": 1.5}), shipped.run.space
    )
    assert (edited(shipped, name, "Smiling", 1.5) == expected).all()
    assert (edited(shipped, name, "Smiling", 0.0) == shipped.run.faces.mean[3]).all()


def test_attributes_that_both_have(shipped, loaded):
    found = shared_attributes(shipped, loaded)
    assert set(found) == set(shipped.run.space.vectors) & set(loaded.run.space.vectors)
    assert found == [name for name in shipped.run.space.vectors if name in found]


def test_a_known_code_has_its_own_place_and_a_walk_joins_the_ends(shipped):
    codes, places = shipped.run.faces.mean, shipped.run.face_map.positions("attributes/umap2")
    assert on_map(codes[:20], codes, places) == pytest.approx(places[:20], abs=1e-3)
    between = on_map(((codes[0] + codes[1]) / 2)[None], codes, places)
    assert (between >= places.min(0)).all()
    assert (between <= places.max(0)).all()


def test_steps_of_a_walk():
    even = np.arange(0, 250, 50, np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    assert steadiness(even) == pytest.approx(1)
    assert steadiness(even[[0, 0, 0, 4]]) == pytest.approx(3)
    assert steadiness(even[[1, 1]]) == 0


def test_the_figure_shows_walk_mark_and_edit():
    places, way = np.arange(10.0).reshape(5, 2), np.arange(8.0).reshape(4, 2)
    has = np.array([True, False, True, False, False])
    below, made = map_figure(places, has), walk_figure(places, way, 2, way[:2])
    assert [len(series["data"]) for series in below.series] == [3, 2]
    assert [len(series["data"]) for series in made.series] == [2, 1, 4, 1]
    assert made.series[-1]["data"] == [way[2].tolist()]
    for axis in ("xAxis", "yAxis"):  # so that one lies on the other
        assert made.option[axis] == below.option[axis]
    assert made.option["media"] == below.option["media"]
