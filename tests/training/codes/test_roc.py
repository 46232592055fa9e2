"""Areas under the ROC curve."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.codes.roc import roc_area, roc_areas

rng = np.random.default_rng(0)


def test_an_area_is_the_share_of_pairs_in_the_right_order_and_half_of_the_ties():
    scores = rng.integers(0, 5, (300, 3)).astype(float)
    labels = rng.random((300, 3)) < 0.2
    for found, score, has in zip(roc_areas(scores, labels), scores.T, labels.T, strict=True):
        apart = score[has][:, None] - score[~has]
        assert found == pytest.approx(((apart > 0) + 0.5 * (apart == 0)).mean())


def test_labels_that_are_all_alike_have_no_area():
    labels = np.array([[True, False, True], [True, False, False]])
    found = roc_areas(np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 0.0]]), labels)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 1.0])


def test_no_columns_have_no_areas():
    assert roc_areas(np.zeros((5, 0)), np.zeros((5, 0), bool)).shape == (0,)


def test_areas_are_those_of_scikit_learn_with_ties_too():
    draw = np.random.default_rng(0)
    scores = draw.integers(0, 6, (200, 4)) + 0.3 * draw.integers(0, 2, (200, 4))
    labels = draw.random((200, 4)) < [0.02, 0.3, 0.5, 0.9]
    found = [roc_area(scores[:, k], labels[:, k]) for k in range(4)]
    expected = [roc_auc_score(labels[:, k], scores[:, k]) for k in range(4)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
