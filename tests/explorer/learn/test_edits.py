"""One face by every kind of vector, and where faces tip: against the codes written out."""

from pathlib import Path

import numpy as np
import pytest

from explorer.judge.judges import judges
from explorer.learn.edits import (
    along_the_line,
    by_methods,
    change_of_others,
    judged,
    line_figure,
    shares,
    tipping_points,
)
from explorer.run.loaded import Loaded, open_run


def test_every_vector_is_added_as_often_as_the_face_needs(drawn_effects: Path):
    opened = open_run(drawn_effects)
    space, code = opened.run.space, opened.run.faces.mean[3]
    name = next(iter(space.vectors))
    found = by_methods(opened, code, name, 1.0)
    assert list(found) == ["", "mean_difference", "balanced", "elected", "clean"]
    for method, edited in list(found.items())[1:]:
        fitted = method in space.vectors[name]
        vector = space.vectors[name][method] if fitted else space.effects.vector(name, method)
        times = space.effects.times(name, 1.0, vector, code)
        assert edited.times == pytest.approx(times)
        expected = opened.renderer.decode((code + np.float32(times) * vector)[None])[0]
        assert np.abs(edited.picture.astype(int) - expected).max() <= 1
    np.testing.assert_allclose(
        found["clean"].scores, judges().second.scores(found["clean"].picture[None])[0], atol=1e-4
    )


def test_without_effects_every_vector_is_added_alike(loaded: Loaded):
    name = next(iter(loaded.run.space.vectors))
    found = by_methods(loaded, loaded.run.faces.mean[3], name, 1.5)
    assert {m: edited.times for m, edited in found.items()} == {
        "": 0,
        "mean_difference": 1.5,
        "balanced": 1.5,
    }


def test_the_change_of_the_others_leaves_the_target_out():
    before, after = np.zeros(len(judged())), np.zeros(len(judged()))
    after[judged().index("Smiling")] = 1
    assert change_of_others(before, after, "Smiling") == 0
    assert change_of_others(before, after, "Male") == pytest.approx(1 / (len(judged()) - 1))


def test_shares_are_those_of_the_labels(loaded: Loaded):
    vectors = loaded.run.vectors
    a, b = map(str, vectors.attributes[:2])
    own, of_all = shares(vectors, a, b)
    assert of_all == pytest.approx(vectors.positives[1] / vectors.faces)
    assert 0 <= own <= 1
    assert shares(vectors, a, a)[0] == 1


def test_faces_tip_where_their_score_crosses_one_half():
    times = np.array([0.0, 1, 2])
    scores = np.array([[0.0, 0.4, 0.6], [0.7, 0.8, 0.9], [0.1, 0.2, 0.3]])
    np.testing.assert_allclose(tipping_points(times, scores), [1.5, np.nan, np.nan])


def test_the_line_begins_at_the_faces_and_the_chosen_one_is_in_front(loaded: Loaded):
    name, codes = next(iter(loaded.run.space.vectors)), loaded.run.faces.mean[:3]
    times, scores = along_the_line(loaded, codes, name)
    plain = judges().second.scores(loaded.renderer.decode(codes))[:, judged().index(name)]
    np.testing.assert_allclose(scores[:, 0], plain, atol=1e-4)
    assert scores.shape == (3, len(times))
    lines = [s for s in line_figure(times, scores, 1, name).series if s.get("data")]
    np.testing.assert_allclose([y for _, y in lines[-1]["data"]], 100 * scores[1])
