"""The map as a figure: every face once, where it lies, under its own id."""

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.map_figure import OUTSIDE, PICKED, WITH, WITHOUT, map_figure
from training.latents import Latents

NAME = "Wearing_Lipstick"


@pytest.fixture
def positions(faces: Latents) -> np.ndarray:
    """A place for each of the 32 faces."""
    return np.random.default_rng(0).standard_normal((len(faces), 2), np.float32)


@pytest.fixture
def keep(faces: Latents) -> np.ndarray:
    """A filter that every third face fails."""
    return np.arange(len(faces)) % 3 > 0


def groups(figure: go.Figure) -> dict[str, tuple]:
    """Colour -> trace of faces; the ring is the last trace."""
    return {trace.marker.color: trace for trace in figure.data[:-1]}


def test_every_face_is_shown_once_and_in_its_group(
    faces: Latents, positions: np.ndarray, keep: np.ndarray
):
    has = faces.label(NAME)
    shown = groups(map_figure(faces, positions, NAME, keep, None))
    expected = {OUTSIDE: ~keep, WITHOUT: keep & ~has, WITH: keep & has}
    assert shown.keys() == expected.keys()
    for colour, rows in expected.items():
        assert list(shown[colour].customdata) == list(faces.ids[rows])
    ids = [name for trace in shown.values() for name in trace.customdata]
    assert sorted(ids) == sorted(faces.ids)


def test_every_face_lies_at_its_position(faces: Latents, positions: np.ndarray, keep: np.ndarray):
    place = dict(zip(faces.ids, positions.tolist(), strict=True))
    for trace in groups(map_figure(faces, positions, NAME, keep, None)).values():
        for name, x, y in zip(trace.customdata, trace.x, trace.y, strict=True):
            assert place[name] == [x, y]


def test_the_legend_counts_the_faces(faces: Latents, positions: np.ndarray, keep: np.ndarray):
    has = faces.label(NAME)
    figure = map_figure(faces, positions, NAME, keep, None)
    assert [trace.name for trace in figure.data[:-1]] == [
        f"outside the filter ({(~keep).sum()})",
        f"without Wearing Lipstick ({(keep & ~has).sum()})",
        f"with Wearing Lipstick ({(keep & has).sum()})",
    ]


def test_a_group_says_what_it_shows(faces: Latents, positions: np.ndarray, keep: np.ndarray):
    shown = groups(map_figure(faces, positions, NAME, keep, None))
    assert shown[OUTSIDE].meta == "outside the filter"
    assert shown[WITHOUT].meta == "without Wearing Lipstick"
    assert shown[WITH].meta == "with Wearing Lipstick"


def test_the_edited_face_is_ringed(faces: Latents, positions: np.ndarray, keep: np.ndarray):
    ring = map_figure(faces, positions, NAME, keep, str(faces.ids[5])).data[-1]
    assert (ring.marker.color, ring.showlegend, ring.customdata) == (PICKED, True, None)
    np.testing.assert_array_equal([ring.x, ring.y], positions[[5]].T)


@pytest.mark.parametrize("picked", [None, "999999.jpg"])
def test_no_ring_is_drawn_for_a_face_that_is_not_on_the_map(
    faces: Latents, positions: np.ndarray, keep: np.ndarray, picked: str | None
):
    ring = map_figure(faces, positions, NAME, keep, picked).data[-1]
    assert (len(ring.x), ring.showlegend) == (0, False)


def test_a_filter_that_no_face_passes_leaves_all_of_them_grey(
    faces: Latents, positions: np.ndarray
):
    shown = groups(map_figure(faces, positions, NAME, np.zeros(len(faces), bool), None))
    assert list(shown) == [OUTSIDE]
    assert list(shown[OUTSIDE].customdata) == list(faces.ids)


def test_without_a_filter_no_face_is_grey(faces: Latents, positions: np.ndarray):
    shown = groups(map_figure(faces, positions, NAME, np.ones(len(faces), bool), None))
    assert list(shown) == [WITHOUT, WITH]


def test_an_unknown_attribute_is_refused(faces: Latents, positions: np.ndarray, keep: np.ndarray):
    with pytest.raises(KeyError, match="unknown attribute 'Glasses'"):
        map_figure(faces, positions, "Glasses", keep, None)
