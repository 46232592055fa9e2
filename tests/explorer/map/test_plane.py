"""Codes of two dimensions: the plane itself is the map, also of pictures without labels."""

from pathlib import Path

import numpy as np
import pytest

from explorer.derived.face_map import PLANE, load_map
from explorer.map.layouts import LayoutError, first_lens, layout, usual_layout
from explorer.run.loaded import open_run
from explorer.run.run import Run


@pytest.fixture(scope="module")
def run(plane_run: Path) -> Run:
    return open_run(plane_run).run


def test_the_plane_shows_codes_where_they_are(run: Run):
    found = layout(run, usual_layout(run, "codes"))
    np.testing.assert_allclose(found.positions, run.faces.mean, atol=1e-6)
    assert found.titles == ("z 0", "z 1")
    assert tuple(found.kept) == pytest.approx((1, 1))
    code = np.array([0.3, -0.7], np.float32)
    np.testing.assert_allclose(found.place(code).position, code, atol=1e-5)


def test_nothing_else_is_laid_out_without_labels(run: Run, plane_run: Path):
    assert run.face_map.lenses.seeing == ("codes",)
    assert load_map(plane_run).layouts.tolist() == [PLANE]
    assert run.face_map.umap2.shape == (0, len(run.faces), 2)
    for name in ("codes/umap2", "attributes/umap2", "mix/pca2", "Smiling/axes2"):
        with pytest.raises(LayoutError, match="such as codes/plane2 of this run"):
            layout(run, name)


def test_codes_of_more_dimensions_have_no_plane(digits_run: Path):
    run = open_run(digits_run).run
    assert usual_layout(run, "codes") == "codes/umap2"
    with pytest.raises(LayoutError):
        layout(run, PLANE)


def test_classes_of_which_each_picture_has_one_are_no_lens_to_begin_with(
    run: Run, digits_run: Path, drawn_run: Path
):
    """By them every class would be a heap of its own, by construction."""
    assert first_lens(open_run(digits_run).run) == "codes"
    assert first_lens(open_run(drawn_run).run) == "attributes"
    assert first_lens(run) == "codes"  # there are no others
