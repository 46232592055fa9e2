"""Layouts by name: those of the file, projections, and axes of ticked attributes."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.derived.face_map import LAYOUTS
from explorer.derived.map_quality import kept, legibility
from explorer.derived.planes import STRAIGHT, Plane, principal_plane
from explorer.map.layouts import LayoutError, layout, ticked_layout
from explorer.run.loaded import open_run
from explorer.run.run import Run


@pytest.fixture(scope="module")
def run(drawn_run) -> Run:
    return open_run(drawn_run).run


@pytest.fixture(scope="module")
def names(run: Run) -> list[str]:
    """The attributes that can be ticked."""
    return list(map(str, run.face_map.lenses.attributes))


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layouts_of_the_file_and_their_figures(run: Run, name: str):
    found = layout(run, name)
    lens, method = name.split("/")
    features = run.face_map.lenses.features(lens, run.faces.mean)
    np.testing.assert_array_equal(found.features(run.faces.mean), features)
    if method.startswith("umap"):
        np.testing.assert_array_equal(found.positions, run.face_map.positions(name))
        assert found.titles == ()
    else:
        expected = principal_plane(features, int(method[-1])).positions(features)
        np.testing.assert_array_equal(found.positions, expected)
        assert found.titles[0] == "PC 1"
    # What the file tells is what can be measured.
    np.testing.assert_allclose(found.kept, kept(features, found.positions), atol=1e-6)
    shown = [list(run.faces.attributes).index(a) for a in found.legibility]
    measured = legibility(found.positions, run.faces.labels[:, shown])
    np.testing.assert_allclose(list(found.legibility.values()), measured, atol=1e-6)
    assert found.label_source == "celeba"


def test_figures_are_those_of_the_name_in_whatever_order_the_file_has_them(run: Run):
    judged, turned = run.face_map, slice(None, None, -1)
    rows = ("layouts", "trustworthiness", "recall", "legibility")
    face_map = replace(judged, **{row: getattr(judged, row)[turned] for row in rows})
    for name in LAYOUTS:
        plain, found = layout(run, name), layout(replace(run, face_map=face_map), name)
        assert found.kept == plain.kept
        np.testing.assert_array_equal(*(list(f.legibility.values()) for f in (found, plain)))


def test_a_straight_projection_is_added_by_one_entry(run: Run, monkeypatch: pytest.MonkeyPatch):
    """A file of before knows no figures of it; they are measured when they are asked for."""
    name = "mix/last2"
    monkeypatch.setitem(STRAIGHT, "last", last_features)
    monkeypatch.setattr("explorer.map.layouts.LAYOUTS", (*LAYOUTS, name))
    features = run.face_map.lenses.features("mix", run.faces.mean)
    found = layout(run, name)
    np.testing.assert_array_equal(found.positions, features[:, -2:])
    assert found.titles == ("last", "last but one")
    np.testing.assert_allclose(found.kept, kept(features, features[:, -2:]))
    assert list(found.legibility) == list(map(str, run.face_map.lenses.attributes))


def last_features(features: np.ndarray, dims: int) -> Plane:
    """The last features as they are."""
    count = features.shape[1]
    axes = np.eye(count, dtype=np.float32)[:, count - dims :]
    return Plane(np.zeros(count, np.float32), axes, ("last", "last but one"))


@pytest.mark.parametrize("ticked", [1, 2])
@pytest.mark.parametrize("dims", [2, 3])
def test_few_ticked_attributes_are_the_axes(run: Run, names: list[str], ticked: int, dims: int):
    found = layout(run, ticked_layout(names[:ticked], dims))
    margins = run.face_map.lenses.margins(run.faces.mean)
    assert found.positions.shape == (len(run.faces), dims)
    np.testing.assert_allclose(found.positions[:, :ticked], margins[:, :ticked], atol=1e-4)
    assert set(found.legibility) == set(names[:ticked])
    assert 0.5 < found.kept.trustworthiness <= 1
    assert found.titles[-1] == ("PC 1 of the rest" if dims - ticked == 1 else found.titles[-1])


def test_many_ticked_attributes_are_laid_out_by_principal_components(run: Run, names: list[str]):
    found = layout(run, ticked_layout(names[:5], 2))
    scores = run.face_map.lenses.scores(run.faces.mean)[:, :5]
    np.testing.assert_allclose(found.positions, principal_plane(scores, 2).positions(scores))
    labels = np.stack([run.faces.label(name) for name in names[:5]], 1)
    expected = legibility(found.positions, labels)
    np.testing.assert_allclose(list(found.legibility.values()), expected)
    np.testing.assert_allclose(found.kept, kept(scores, found.positions))


def test_a_ticked_attribute_is_told_by_its_axis(run: Run, names: list[str]):
    """As well as the probe tells it, but for what 25 neighbours of 32 faces blur."""
    found = layout(run, ticked_layout([names[0]], 2))
    assert found is layout(run, ticked_layout([names[0]], 2))  # made once
    assert found.label_source == "celeba"


@pytest.mark.parametrize("name", ["attributes/umap2", "codes/pca3", "mix/umap3", "ticked"])
def test_faces_of_the_map_are_placed_where_they_lie(run: Run, names: list[str], name: str):
    found = layout(run, ticked_layout(names[:1], 2) if name == "ticked" else name)
    size = np.linalg.norm(np.ptp(found.positions, 0))
    for row in (0, 11, 31):
        place = found.place(run.faces.mean[row])
        assert np.linalg.norm(place.position - found.positions[row]) < 0.02 * size
        assert 0 <= place.confidence <= 1


@pytest.mark.parametrize(
    "name", ["", "codes", "codes/umap4", "codes/axes2", "Wings/axes2", "A/axes2", "umap2", "/", "+"]
)
def test_what_is_no_layout_is_refused(run: Run, names: list[str], name: str):
    with pytest.raises(LayoutError) as caught:
        layout(run, name.replace("A", f"{names[0]}+{names[0]}"))
    assert "expected a layout such as attributes/umap2, codes/pca3 or " in str(caught.value)
    assert f"found {name.replace('A', f'{names[0]}+{names[0]}')!r}" in str(caught.value)
