"""Near the mean of all codes a sharp renderer gives way to the mean one."""

import numpy as np
import pytest

from data.shipped import SHIPPED
from explorer.decoding.near_the_mean import EMPTY, NEAREST, FadingToMean
from explorer.decoding.renderer import checked
from explorer.run.loaded import open_run


class Flat:
    """A renderer of pictures of one level."""

    device, latent, shape = "cpu", 4, (2, 2, 3)

    def __init__(self, level: int):
        self.level, self.drawn = level, 0

    def decode(self, codes: np.ndarray) -> np.ndarray:
        self.drawn += len(checked(codes, self.latent))
        return np.full((len(codes), *self.shape), self.level, np.uint8)


def test_it_fades_between_the_two_distances():
    sharp, mean = Flat(200), Flat(100)
    center, spread = np.array([1, 2, 3, 4], np.float32), np.array([1, 2, 0.5, 3], np.float32)
    renderer = FadingToMean(sharp, mean, center, spread)
    distances = np.array([0, EMPTY, (EMPTY + NEAREST) / 2, NEAREST, 1, 2], np.float32)
    codes = center + distances[:, None] * spread
    levels = renderer.decode(codes)[:, 0, 0, 0]
    np.testing.assert_allclose(levels, [100, 100, 150, 200, 200, 200], atol=1)
    assert renderer.decode(codes).shape == (6, 2, 2, 3)


def test_faces_cost_nothing_more():
    sharp, mean = Flat(200), Flat(100)
    renderer = FadingToMean(sharp, mean, np.zeros(4, np.float32), np.ones(4, np.float32))
    renderer.decode(np.ones((5, 4), np.float32))
    assert (sharp.drawn, mean.drawn) == (5, 0)
    renderer.decode(np.zeros((3, 4), np.float32))  # the mean of all codes costs a mean
    assert (sharp.drawn, mean.drawn) == (5, 3)
    with pytest.raises(ValueError, match="expected codes of shape"):
        renderer.decode(np.ones((1, 3), np.float32))


@pytest.mark.skipif(not SHIPPED.is_dir(), reason=f"no run folder at {SHIPPED}")
def test_no_face_of_the_model_that_ships_fades():
    loaded = open_run(SHIPPED)
    renderer = loaded.named("sharp")
    assert isinstance(renderer, FadingToMean)
    assert (renderer.share(loaded.run.faces.mean) == 1).all()
    center = loaded.run.space.center[None]
    np.testing.assert_array_equal(renderer.decode(center), loaded.renderer.decode(center))
