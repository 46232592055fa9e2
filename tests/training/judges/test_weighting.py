"""Weights under which other labels tell nothing: exactly, and only those of other places."""

import numpy as np
import pytest

from data import ATTRIBUTES
from training.judges.weighting import balanced_labels, judge_weights, overlap_weights

MALE, YOUNG, MUSTACHE, GOATEE, SMILING, TIE = (
    ATTRIBUTES.index(name)
    for name in ("Male", "Young", "Mustache", "Goatee", "Smiling", "Wearing_Necktie")
)


@pytest.fixture
def labels() -> np.ndarray:
    """(6000, 40) bool. Mustaches are of men, mostly old ones with a tie; others are coins."""
    rng = np.random.default_rng(0)
    labels = rng.random((6000, 40)) < 0.5
    labels[:, TIE] = rng.random(6000) < np.where(labels[:, MALE], 0.5, 0.02)
    chance = 0.01 + labels[:, MALE] * (0.15 + 0.15 * labels[:, TIE] + 0.2 * ~labels[:, YOUNG])
    labels[:, MUSTACHE] = rng.random(6000) < chance
    labels[:, GOATEE] = labels[:, MUSTACHE] & (rng.random(6000) < 0.7)
    return labels


def correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> float:
    covariance = np.cov(np.stack([a, b]).astype(float), aweights=weights)
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def test_sex_age_and_what_goes_along_tell_nothing_under_the_weights(labels: np.ndarray):
    has, even = labels[:, MUSTACHE], np.ones(len(labels))
    weights = overlap_weights(labels, "Mustache")
    assert 0 <= weights.min() <= weights.max() <= 1
    assert weights[has].sum() == pytest.approx(weights[~has].sum(), rel=1e-3)
    young_men = labels[:, MALE] & labels[:, YOUNG]
    for other in (labels[:, MALE], labels[:, YOUNG], labels[:, TIE], young_men):
        assert correlation(has, other, weights) == pytest.approx(0, abs=1e-3)
    assert correlation(has, labels[:, MALE], even) > 0.3
    assert correlation(has, labels[:, TIE], even) > 0.25


def test_what_lies_in_the_same_place_is_no_shortcut(labels: np.ndarray):
    assert correlation(labels[:, MUSTACHE], labels[:, GOATEE], np.ones(len(labels))) > 0.6
    assert balanced_labels(labels, "Mustache") == ["Male", "Wearing_Necktie", "Young"]
    assert "Mustache" in balanced_labels(labels, "Male")  # everything is a shortcut there
    assert balanced_labels(labels, "Smiling") == ["Male", "Young"]
    assert "Male" not in balanced_labels(labels, "Male")


def test_an_attribute_that_all_or_none_have_weighs_all_alike(labels: np.ndarray):
    labels[:, SMILING] = False
    assert (overlap_weights(labels, "Smiling") == 0.5).all()


def test_rare_attributes_are_heard_beside_frequent_ones(labels: np.ndarray):
    found = judge_weights(labels, ("Mustache", "Smiling"))
    assert found.shape == (6000, 2)
    assert found.dtype == np.float32
    rare, frequent = overlap_weights(labels, "Mustache"), overlap_weights(labels, "Smiling")
    assert rare.mean() < 0.5 * frequent.mean()
    np.testing.assert_allclose(found.mean(0) ** 2, [rare.mean(), frequent.mean()], rtol=1e-3)
    np.testing.assert_allclose(found[:, 0] / rare, found[0, 0] / rare[0], rtol=1e-5)
