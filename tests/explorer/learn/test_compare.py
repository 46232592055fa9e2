"""Compare: one edit and one walk in two models."""

import numpy as np
import pytest

from explorer.learn.compare import (
    Reached,
    conclusion,
    edited,
    map_figure,
    on_map,
    seen,
    shared_attributes,
    steadiness,
    walk_figure,
)
from explorer.learn.pictures import evenly_spread
from explorer.map.whereabouts import whereabouts
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Source


def test_an_edit_is_the_explorers(shipped):
    name = str(shipped.run.faces.ids[3])
    recipe = shipped.run.first_recipe.with_source(Source("picture", name))
    expected = compose(recipe.with_amount("attributes", "Smiling", 1.5), shipped.run.space)
    assert (edited(shipped, name, "Smiling", 1.5) == expected).all()
    assert (edited(shipped, name, "Smiling", 0.0) == shipped.run.faces.mean[3]).all()


def test_attributes_that_both_have(shipped, loaded):
    found = shared_attributes(shipped, loaded)
    assert set(found) == set(shipped.run.space.vectors) & set(loaded.run.space.vectors)
    assert found == [name for name in shipped.run.space.vectors if name in found]


@pytest.mark.parametrize("lens", ["attributes", "codes"])
def test_an_edit_is_marked_where_explore_marks_it(shipped, lens: str):
    layout, name = f"{lens}/umap2", str(shipped.run.faces.ids[0])
    recipe = shipped.run.first_recipe.with_source(Source("picture", name))
    recipe = recipe.with_amount("attributes", "Eyeglasses", 2.0)
    code = edited(shipped, name, "Eyeglasses", 2.0)
    found = whereabouts(shipped.run, layout, recipe).place.position
    np.testing.assert_array_equal(on_map(shipped, layout, code[None]), found[None])


def test_glasses_lead_among_faces_with_glasses(shipped):
    """On the map of attributes, for most of eight faces."""
    faces, places = shipped.run.faces, shipped.run.face_map.positions("attributes/umap2")
    rows = evenly_spread(len(faces), 8)
    codes = np.stack([edited(shipped, str(faces.ids[k]), "Eyeglasses", 2.0) for k in rows])
    has = faces.label("Eyeglasses")
    for_each = [
        has[np.argsort(np.linalg.norm(places - place, axis=1))[:20]].mean()
        for place in on_map(shipped, "attributes/umap2", codes)
    ]
    assert np.mean(np.array(for_each) > 0.5) >= 0.75


def test_edits_that_the_judge_sees(shipped):
    ids = shipped.run.faces.ids[evenly_spread(len(shipped.run.faces), 8)]
    assert seen(shipped, ids, "Eyeglasses", 2.0) > seen(shipped, ids, "Eyeglasses", -2.0)
    assert seen(shipped, ids, "Eyeglasses", 2.0) >= 0.75
    assert seen(shipped, ids, "no such attribute", 2.0) is None


def test_the_conclusion_says_what_the_numbers_say():
    said = conclusion(Reached(26.31, 0.996, 0.5), Reached(26.37, 0.008, 0.75))
    assert said.startswith("Both copy faces about equally well: 26.3 dB (hourglass) and 26.4 dB")
    assert "50% and 75% of the faces" in said
    assert "99.6% fall into holes of the hourglass, and 0.8% into holes of the VAE" in said
    assert "what the rate buys" in said
    other = conclusion(Reached(28.0, 0.1, None), Reached(26.0, 0.2, 0.5))
    assert other.startswith("The hourglass copies faces better: 28.0 dB")
    assert "judge" not in other
    assert "has not bought" in other


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
