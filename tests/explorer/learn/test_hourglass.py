"""Step 1: codes cut short."""

import numpy as np
import pytest

from explorer.learn.hourglass import (
    counts,
    cut_short,
    forgetting,
    forgetting_figure,
    share_kept,
)
from explorer.learn.pictures import evenly_spread, pictures


def test_all_components_are_the_code_and_none_is_the_mean(shipped):
    space, codes = shipped.run.space, shipped.run.faces.mean[:5]
    assert cut_short(codes, space, len(space.components)) == pytest.approx(codes, abs=1e-4)
    assert cut_short(codes, space, 0) == pytest.approx(np.tile(space.center, (5, 1)), abs=1e-6)
    assert share_kept(space, 0) == 0
    assert share_kept(space, len(space.components)) == pytest.approx(1)


def test_the_error_of_a_code_falls_with_every_number_kept(shipped):
    space, codes = shipped.run.space, shipped.run.faces.mean[:200]
    errors = [np.linalg.norm(codes - cut_short(codes, space, k), axis=1) for k in range(0, 129, 16)]
    assert (np.diff(errors, axis=0) < 0).all()


def test_no_other_choice_of_directions_forgets_less(shipped):
    """Eckart & Young on other faces than the components were made of: against random ones."""
    space, codes = shipped.run.space, shipped.run.faces.mean.astype(np.float64)
    centred = codes - space.center
    rng = np.random.default_rng(0)
    for kept in (4, 32):
        best = ((codes - cut_short(codes, space, kept)) ** 2).sum()
        basis = np.linalg.qr(rng.normal(size=(codes.shape[1], kept)))[0]
        assert best < ((centred - centred @ basis @ basis.T) ** 2).sum()
        assert 1 - best / (centred**2).sum() == pytest.approx(share_kept(space, kept), abs=0.05)


def test_a_narrower_bottleneck_is_less_like_the_picture(shipped):
    rows = evenly_spread(len(shipped.run.faces), 6)
    given = pictures(shipped, rows, noise=False).pixels
    found = np.mean([
        forgetting(shipped, picture, code)
        for picture, code in zip(given, shipped.encoder.encode(given), strict=True)
    ], 0)  # fmt: skip
    assert (np.diff(found) > -0.2).all()
    assert found[-1] > found[0] + 10  # dB
    at = counts(128).index(16)
    assert found[0] < found[at] < found[-1]


def test_counts_double_up_to_all():
    assert counts(8) == [0, 1, 2, 4, 8]
    assert counts(11) == [0, 1, 2, 4, 8, 11]
    assert counts(1) == [0, 1]


def test_the_figure_marks_the_numbers_kept():
    made = forgetting_figure(np.arange(5.0), 8, 3, 2.5)
    curve, mark = (series["data"] for series in made.series)
    assert curve == [[0, 0], [1, 1], [2, 2], [3, 2.5], [4, 3], [8, 4]]
    assert mark == [[3, 2.5]]
