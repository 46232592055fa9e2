"""Calibration: Platt's line against what made the labels, and the error in closed form."""

import numpy as np
import pytest

from data import ATTRIBUTES
from training.judges.calibration import calibration, calibration_error, class_weights, platt
from training.judges.weighting import overlap_weights


def test_platt_finds_the_line_that_made_the_labels():
    """Log odds 2 s - 1 when all faces count alike; with both classes alike, less their odds."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20_000)
    has = rng.random(20_000) < 1 / (1 + np.exp(1 - 2 * scores))
    assert platt(scores, has, np.ones(20_000)) == pytest.approx((2, -1), abs=0.1)
    odds = np.log(has.mean() / (1 - has.mean()))
    assert odds < -0.4
    assert platt(scores, has, class_weights(has)) == pytest.approx((2, -1 - odds), abs=0.1)
    assert platt(-scores, has, np.ones(20_000)) is None
    assert platt(scores, has | True, np.ones(20_000)) is None


def test_classes_weigh_the_same_under_their_weights():
    has = np.arange(100) % 5 == 0
    weights = class_weights(has)
    assert weights.mean() == pytest.approx(1)
    assert weights[has].sum() == pytest.approx(weights[~has].sum())


def test_sex_tells_nothing_to_a_calibrated_judge_of_mustaches():
    """Men have one at log odds 3 s - 2; no woman has one, and the judge says low of all of them."""
    rng = np.random.default_rng(0)
    labels = rng.random((20_000, 40)) < 0.5
    male, column = ATTRIBUTES.index("Male"), ATTRIBUTES.index("Mustache")
    found = rng.normal(size=labels.shape).astype(np.float32)
    chance = 1 / (1 + np.exp(2 - 3 * found[:, column]))
    labels[:, column] = labels[:, male] & (rng.random(20_000) < chance)
    men = labels[:, male]
    found[~men, column] -= 5
    scale, shift = calibration([found, found], labels)
    weights = class_weights(labels[men, column])
    expected = platt(found[men, column], labels[men, column], weights)
    assert (scale[column], shift[column]) == pytest.approx(expected, abs=0.1)
    of_all = platt(found[:, column], labels[:, column], class_weights(labels[:, column]))
    assert of_all[1] > shift[column] + 0.5  # women would make all that is not low a mustache
    assert overlap_weights(labels, "Mustache")[~men].max() < 0.01


def test_what_cannot_be_calibrated_keeps_its_logits():
    rng = np.random.default_rng(0)
    labels = rng.random((500, 40)) < 0.5
    labels[:, 3] = False
    found = np.where(labels, 1.0, -1.0) + rng.normal(size=labels.shape)
    found[:, 5] *= -1
    scale, shift = calibration([found], labels)
    assert (scale[[3, 5]] == 1).all()
    assert (shift[[3, 5]] == 0).all()
    assert (np.delete(scale, [3, 5]) > 1.2).all()


def test_the_calibration_error_is_the_distance_from_frequencies_of_equal_classes():
    has = np.arange(1000) % 4 == 0
    assert calibration_error(np.full(1000, 0.5), has) == pytest.approx(0, abs=1e-12)
    assert calibration_error(np.full(1000, 0.8), has) == pytest.approx(0.3)
    half = np.where(np.arange(1000) < 500, 0.1, 1.0)  # far by 0.4 and by 0.5
    assert calibration_error(half, has) == pytest.approx(0.45)
