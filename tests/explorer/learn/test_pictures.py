"""Faces to work on: real where they are on the disk, drawn from the model otherwise."""

import numpy as np
import pytest

from explorer.faces import prepared_pictures
from explorer.learn.distributions import as_levels
from explorer.learn.model_access import distribution, means
from explorer.learn.pictures import evenly_spread, pictures
from training.model.figures import rates


def test_the_same_face_has_the_same_picture_in_any_company(loaded):
    alone = pictures(loaded, np.array([5]))
    among = pictures(loaded, np.array([2, 5, 9]))
    assert alone.origin == "sample"
    assert alone.pixels.dtype == np.uint8
    # One level, because rounding differs with what is decoded in the same batch.
    assert np.abs(alone.pixels[0].astype(int) - among.pixels[1]).max() <= 1
    assert np.abs(among.pixels[0].astype(int) - among.pixels[1]).max() > 20


def test_real_pictures_are_taken_where_they_are(loaded, drawn_many, monkeypatch):
    monkeypatch.setattr(prepared_pictures, "PREPARED", drawn_many.root.parent)
    found = pictures(loaded, np.array([3, 0]))
    assert found.origin == "real"
    expected = drawn_many.pictures[drawn_many.rows("validation")[[3, 0]]]
    assert (found.pixels == expected).all()


def test_pictures_of_another_preparation_are_not_mistaken_for_real(
    shipped, drawn_many, monkeypatch
):
    monkeypatch.setattr(prepared_pictures, "PREPARED", drawn_many.root.parent)
    assert pictures(shipped, np.array([0])).origin == "sample"


def test_a_drawn_picture_is_the_mean_plus_noise_of_the_models_sigma(loaded):
    row = np.array([7])
    mean = means(loaded.model, loaded.run.faces.mean[row])[0]
    inner = (mean > 0.3) & (mean < 0.7)  # where nothing is clipped
    apart = (pictures(loaded, row).pixels[0] / 255 - mean)[inner]
    sigma = distribution(loaded.model, loaded.run.faces.mean[7]).deviation.max().item()
    assert apart.std() == pytest.approx(sigma, rel=0.1)
    assert abs(apart.mean()) < 4 * apart.std() / np.sqrt(apart.size)


def test_without_noise_a_drawn_picture_is_the_mean(loaded):
    found = pictures(loaded, np.array([4, 1]), noise=False)
    assert found.origin == "mean"
    expected = loaded.renderer.decode(loaded.run.faces.mean[[4, 1]])
    assert (found.pixels == expected).all()


def test_the_encoder_takes_drawn_pictures_for_as_good_as_real_ones(shipped):
    rows = evenly_spread(len(shipped.run.faces), 16)
    found = rates(*shipped.encoder.posterior(pictures(shipped, rows).pixels)).sum(1)
    faces = shipped.run.faces.take(rows)
    real = rates(faces.mean, faces.logvar).sum(1)
    assert found.mean() == pytest.approx(real.mean(), rel=0.05)


def test_levels_are_rounded_and_clipped():
    assert as_levels(np.array([-1, 0, 0.5, 1, 2])).tolist() == [0, 0, 128, 255, 255]


def test_a_gallery_is_spread_over_all_faces():
    assert evenly_spread(100, 4).tolist() == [0, 33, 66, 99]
    assert evenly_spread(2, 8).tolist() == [0, 1]
