"""Many logistic regressions at once are those of scikit-learn, one by one."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from explorer.derived.logistic import HELD_OUT, PENALTIES, SEED, logistic_normals

N, D = 3000, 12


@pytest.fixture(scope="module")
def faces() -> tuple[np.ndarray, np.ndarray]:
    """Codes of unequal spreads that depend on one another, and labels from rare to even."""
    generator = np.random.default_rng(0)
    mixing = generator.normal(size=(D, D)) * np.logspace(0, -1.5, D)
    codes = (generator.normal(size=(N, D)) @ mixing + 2).astype(np.float32)
    told = (codes - codes.mean(0)) / codes.std(0) @ generator.normal(size=(D, 5))
    noise = generator.logistic(size=told.shape) * [0.2, 1, 1, 3, 30]
    rarity = [0.5, 0.97, 0.8, 0.5, 0.5]
    least = [np.quantile(column, q) for column, q in zip(told.T, rarity, strict=True)]
    return codes, told + noise > least


def one_by_one(codes: np.ndarray, has: np.ndarray) -> tuple[np.ndarray, float]:
    """As scikit-learn does it: every penalty on four fifths, the best one on all."""
    standardised = ((codes - codes.mean(0)) / codes.std(0)).astype(np.float64)
    rows = np.arange(N)
    fitting, held = train_test_split(rows, test_size=HELD_OUT, random_state=SEED, stratify=has)

    def fit(penalty: float, rows: np.ndarray) -> LogisticRegression:
        regression = LogisticRegression(C=penalty, max_iter=5000, tol=1e-6)
        return regression.fit(standardised[rows], has[rows])

    losses = [
        log_loss(has[held], fit(c, fitting).predict_proba(standardised[held])[:, 1])
        for c in PENALTIES
    ]
    penalty = PENALTIES[int(np.argmin(losses))]
    return fit(penalty, rows).coef_[0] / codes.std(0), penalty


def test_normals_and_penalties_are_those_of_scikit_learn(faces: tuple):
    codes, labels = faces
    normals, penalties = logistic_normals(codes, labels)
    assert normals.shape == (5, D)
    for has, normal, penalty in zip(labels.T, normals, penalties, strict=True):
        expected, chosen = one_by_one(codes, has)
        assert penalty == chosen
        lengths = np.linalg.norm(normal), np.linalg.norm(expected)
        assert normal @ expected / np.prod(lengths) > 1 - 1e-5
        assert lengths[0] == pytest.approx(lengths[1], rel=2e-3)
    assert len(set(penalties)) > 1


def test_a_label_is_fitted_the_same_in_whatever_company(faces: tuple):
    codes, labels = faces
    together, _ = logistic_normals(codes, labels)
    alone, _ = logistic_normals(codes, labels[:, 1:2])
    np.testing.assert_allclose(alone[0], together[1], rtol=0.02, atol=1e-3 * np.abs(alone).max())
