"""Linear probes: they read what is linear in the codes, as often as it is there."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from training.codes.probes import C, Probes, fit_probes, probe_aucs
from training.run.latents import Latents

NAMES = ("Eyeglasses", "Smiling", "Male", "Bald")  # planted, unrelated, of all, of none
TRAIN, VALIDATION = np.arange(600), np.arange(600, 1200)


@pytest.fixture(scope="module")
def planted() -> Latents:
    """1200 codes of unlike spreads; a fifth, on one side of a blurred plane, wear glasses."""
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((1200, 6)) * [5, 2, 1, 1, 0.5, 0.1] + [3, 0, 0, -2, 0, 1]
    along = codes @ [0.1, -0.2, 0.5, 0, 1, 3] + 0.2 * rng.standard_normal(1200)
    glasses = along > np.quantile(along, 0.8)
    labels = [glasses, rng.random(1200) < 0.5, np.ones(1200, bool), np.zeros(1200, bool)]
    return Latents(
        ids=np.arange(1200).astype(str),
        partition=np.repeat(["train", "validation"], 600),
        mean=codes.astype(np.float32),
        logvar=np.zeros((1200, 6), np.float32),
        attributes=np.array(NAMES),
        labels=np.stack(labels, 1),
        label_source="celeba",
        weights="0" * 16,
        data="0" * 16,
    )


@pytest.fixture(scope="module")
def probes(planted: Latents) -> Probes:
    """Fitted on the training half."""
    return fit_probes(planted.take(TRAIN))


def test_a_linear_attribute_is_read_off_new_codes_and_an_unrelated_one_is_not(
    probes: Probes, planted: Latents
):
    aucs = probe_aucs(probes, planted.take(VALIDATION))
    assert aucs["Eyeglasses"] > 0.9
    assert 0.4 < aucs["Smiling"] < 0.6


def test_an_attribute_of_one_class_has_no_auc(probes: Probes, planted: Latents):
    aucs = probe_aucs(probes, planted.take(VALIDATION))
    assert list(aucs) == list(NAMES)
    assert (aucs["Male"], aucs["Bald"]) == (None, None)


def test_auc_is_that_of_the_log_odds(probes: Probes, planted: Latents):
    validation = planted.take(VALIDATION)
    odds = probes.log_odds(validation.mean)
    expected = roc_auc_score(validation.label("Eyeglasses"), odds[:, 0])
    assert probe_aucs(probes, validation)["Eyeglasses"] == pytest.approx(expected)


def test_log_odds_are_those_of_a_logistic_regression_on_standardised_codes(
    probes: Probes, planted: Latents
):
    train = planted.take(TRAIN)
    standard = (train.mean - train.mean.mean(0)) / train.mean.std(0)
    for column, name in enumerate(NAMES[:2]):
        twin = LogisticRegression(C=C, tol=1e-6).fit(standard, train.label(name))
        found = probes.log_odds(train.mean)[:, column]
        np.testing.assert_allclose(found, twin.decision_function(standard), atol=0.1)


def test_predicted_labels_are_as_frequent_as_the_fitted_ones(probes: Probes, planted: Latents):
    train = planted.take(TRAIN)
    predicted = probes.labels(train.mean)
    assert (predicted.shape, predicted.dtype) == ((600, 4), np.bool_)
    np.testing.assert_allclose(predicted.sum(0), train.labels.sum(0), atol=1)


def test_what_all_or_none_have_is_predicted_for_all_or_none(probes: Probes):
    far = np.random.default_rng(1).standard_normal((50, 6)).astype(np.float32) * 100
    predicted = probes.labels(far)
    assert predicted[:, 2].all()
    assert not predicted[:, 3].any()


def test_predictions_are_right_more_often_than_the_majority(probes: Probes, planted: Latents):
    validation = planted.take(VALIDATION)
    right = probes.labels(validation.mean)[:, 0] == validation.label("Eyeglasses")
    assert right.mean() > 0.85  # nobody wears glasses: 0.8
