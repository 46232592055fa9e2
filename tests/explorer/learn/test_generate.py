"""Step 3: samples, distances between sets of pictures, and holes."""

import numpy as np
import pytest

from explorer.learn.generate import (
    DRAWN_FROM,
    holes,
    holes_figure,
    radius_figure,
    samples,
    scores,
    shape_of,
    spread_figure,
)
from explorer.run.twin import load_twin
from training.run.run_folder import RunError


def test_samples_of_a_gaussian_fitted_to_codes_are_nearer_than_those_of_the_prior(shipped):
    found = scores(shipped, 128)
    assert found["one Gaussian"] < found["prior"]


def test_progress_is_told_to_the_end(loaded):
    told = []
    found = scores(loaded, 40, told.append)
    assert set(found) == set(DRAWN_FROM)
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_hourglass_that_ships_samples_worse_than_the_vae(shipped):
    try:
        hourglass = load_twin(shipped)
    except RunError:
        pytest.skip("needs the hourglass that ships")
    worse, better = scores(hourglass, 128), scores(shipped, 128)
    assert worse["prior"] > better["prior"]
    spread = shape_of(hourglass.run.faces.mean).spread
    assert (
        np.abs(np.log(spread)).mean()
        > np.abs(np.log(shape_of(shipped.run.faces.mean).spread)).mean()
    )


def test_a_sample_in_the_middle_of_a_ring_is_in_a_hole():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    found = holes(ring, np.array([[0.0, 0.0], ring[7] + 1e-4]))
    assert np.median(found.codes) == pytest.approx(1)
    assert found.samples[0] > 10 > 1 > found.samples[1]
    assert found.outside == 0.5


def test_samples_share_their_noise(loaded):
    prior = samples(loaded, "prior", range(3))
    assert prior.dtype == np.float32
    assert (prior == samples(loaded, "prior", range(3))).all()
    assert (prior[1:] == samples(loaded, "prior", range(1, 3))).all()


def test_figures_name_the_models(loaded):
    codes = loaded.run.faces.mean
    shapes = {"hourglass": shape_of(3 * codes), "VAE": shape_of(codes)}
    assert spread_figure(shapes).option["legend"]["data"] == ["hourglass", "VAE"]
    names = radius_figure(shapes, codes.shape[1]).option["legend"]["data"]
    assert names == ["hourglass", "VAE", "prior"]
    found = holes(codes, samples(loaded, "prior", range(5)))
    assert len(holes_figure(found, "VAE").series) == 2
