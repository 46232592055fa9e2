"""Steps from the encoder's guess to the best code, as the page shows them."""

import numpy as np
import pytest

from explorer.learn.amortization import LIMIT, SHOWN, Refined, refined, steps_figure
from explorer.learn.pictures import pictures
from explorer.run.loaded import Loaded
from training.codes.descent import STEPS
from training.model.figures import likeness


@pytest.fixture(scope="module")
def found(shipped: Loaded) -> Refined:
    return refined(shipped, pictures(shipped, np.array([3])).pixels[0])


def test_no_step_loses_and_most_is_gained_at_once(found: Refined):
    assert found.above.shape == found.psnr.shape == (LIMIT + 1,)
    assert (np.diff(found.above) <= 1e-2).all()  # float32 sums of thousands of values
    assert found.above.min() == 0
    assert found.above[0] > found.above[STEPS] > 0
    assert found.above[0] - found.above[STEPS] > 0.4 * found.above[0]


def test_the_first_is_the_guess(found: Refined, shipped: Loaded):
    picture = pictures(shipped, np.array([3])).pixels[0]
    guess = shipped.renderer.decode(shipped.encoder.encode(picture[None]))[0]
    assert found.psnr[0] == pytest.approx(float(likeness(picture, guess)), abs=0.05)


def test_the_figure_marks_the_steps_chosen(found: Refined):
    figure = steps_figure(found, STEPS)
    assert f"after {STEPS}" in figure.about
    line, mark = (series["data"] for series in figure.option["series"][:2])
    assert len(line) == SHOWN + 1
    assert mark[0][0] == STEPS
