"""What is said about an own photo: true figures, and an honest line beyond the 99th percentile."""

from pathlib import Path

import numpy as np
import pytest

from explorer.judge.familiar import Familiarity, error_map, familiarity, known_likelihoods
from explorer.run.loaded import Loaded, open_run


@pytest.fixture(scope="module")
def loaded(drawn_run: Path) -> Loaded:
    return open_run(drawn_run)


@pytest.mark.parametrize(
    ("less_likely", "psnr", "worst", "outside"),
    [
        (0.5, 25, 20, False),
        (0.01, 20, 20, False),
        (0.0099, 25, 20, True),
        (0.5, 19.9, 20, True),
        (0.5, 3, None, False),
        (0, 30, None, True),
    ],
)
def test_outside_is_beyond_the_99th_percentile(less_likely, psnr, worst, outside: bool):
    fit = Familiarity(less_likely, psnr, worst)
    assert fit.outside is outside
    assert fit.line.startswith("Outside the training faces" if outside else "Within")


def test_the_line_names_the_figures():
    assert Familiarity(0.25, 21.26, 19.04).line == (
        "Within the training faces: its code is less likely than those of 75.0% of CelebA's "
        "validation faces; the reconstruction reaches 21.3 dB, where 99 % of them reach 19.0 dB "
        "or more."
    )
    unseen = Familiarity(0.25, 21.26, 19.04, seen=False)
    assert unseen.outside
    assert unseen.line.startswith("Outside the training faces (no face is seen in the frame): its")
    assert Familiarity(0, 12, None).line == (
        "Outside the training faces (beyond the 99th percentile): its code is less likely than "
        "those of 100.0% of CelebA's validation faces, and the reconstruction reaches 12.0 dB. "
        "What edits do to it says little."
    )


def test_known_codes_fit_in_and_far_ones_do_not(loaded: Loaded):
    picture = np.zeros((64, 64, 3), np.uint8)
    order = np.argsort(known_likelihoods(loaded.run))
    for rank in (0, 16, 31):
        code = loaded.run.faces.mean[order[rank]]
        found = familiarity(loaded.run, code, picture, picture).less_likely
        assert found == pytest.approx(rank / 32, abs=1.01 / 32)  # rounding may swap neighbours
    far = 20 * np.ones(8, np.float32)
    assert familiarity(loaded.run, far, picture, picture).outside
    worst = familiarity(loaded.run, far, picture, picture + 255).worst_psnr_db
    assert worst == loaded.run.report["psnr_first_percentile_db"]


def test_the_error_map_goes_from_black_over_red_and_yellow_to_white():
    black, other = np.zeros((1, 5, 3), np.uint8), np.zeros((1, 5, 3), np.uint8)
    other[0, :, :] = np.array([0, 21.4, 42.7, 64, 255]).round()[:, None]
    colours = error_map(black, other)[0].astype(int)
    expected = [[0, 0, 0], [255, 0, 0], [255, 255, 0], [255, 255, 255], [255, 255, 255]]
    np.testing.assert_allclose(colours, expected, atol=6)
    np.testing.assert_array_equal(error_map(other, black), error_map(black, other))
