"""Attribute vectors on planted Gaussian codes and on drawn faces: closed forms, and a correlation
that some inherit.
"""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from data import ATTRIBUTES
from data.prepared import Prepared
from explorer.derived.attribute_vectors import (
    calibrated,
    effective_number,
    fit_vectors,
    overlap_weights,
)
from explorer.derived.logistic import PENALTIES, logistic_normals
from explorer.recipe.locks import hold
from explorer.recipe.methods import FITTED

N, D = 20_000, 5
GLASSES, MALE = np.array([1.5, 0, 0.6, 0, 0]), np.array([0, 1.2, 0.6, 0, 0])
P_MALE = 0.4
P_GLASSES = {True: 0.7, False: 0.1}  # given Male
NOISE = np.array([[1, 0, 0, 0, 0], [0.5, 1, 0, 0, 0], [0, 0, 0.7, 0, 0], [0, 0, 0.3, 2, 0]])
NOISE = np.vstack([NOISE, [0, 0, 0, 0, 0.4]])
COVARIANCE = NOISE @ NOISE.T


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def planted(generator: np.random.Generator, p_glasses: dict[bool, float]) -> tuple:
    """Codes (N, D) that GLASSES and MALE shift, and labels (N, 3): glasses, male, a coin."""
    male = generator.random(N) < P_MALE
    glasses = generator.random(N) < np.where(male, p_glasses[True], p_glasses[False])
    coin = generator.random(N) < 0.5
    codes = generator.normal(size=(N, D)) @ NOISE.T + np.outer(glasses, GLASSES)
    codes = codes + np.outer(male, MALE) + 3
    return codes.astype(np.float32), np.column_stack([glasses, male, coin])


def vectors_of(codes: np.ndarray, labels: np.ndarray, attribute: int) -> dict[str, np.ndarray]:
    (fitted,) = fit_vectors(codes, labels, [attribute])
    return fitted.vectors


@pytest.fixture(scope="module")
def correlated() -> tuple[np.ndarray, np.ndarray]:
    """Most with glasses are male, most without are not."""
    return planted(np.random.default_rng(0), P_GLASSES)


@pytest.fixture(scope="module")
def vectors(correlated: tuple) -> dict[str, np.ndarray]:
    """Vectors of glasses where glasses and male come together."""
    return vectors_of(*correlated, 0)


@pytest.fixture(scope="module")
def alone() -> dict[str, np.ndarray]:
    """Vectors of glasses where nothing comes together: two Gaussians of one covariance."""
    codes, labels = planted(np.random.default_rng(1), {True: 0.3, False: 0.3})
    return vectors_of(codes - np.outer(labels[:, 1], MALE), labels, 0)


def test_every_method_finds_its_closed_form_on_two_gaussians(alone: dict):
    assert tuple(alone) == FITTED
    whitened = np.linalg.solve(COVARIANCE, GLASSES)
    for method in ("mean_difference", "balanced"):
        np.testing.assert_allclose(alone[method], GLASSES, atol=0.12)
    for method in ("logistic", "discriminant"):
        assert cosine(alone[method], whitened) > 0.995
    assert cosine(GLASSES, whitened) < 0.95  # so they can be told apart


def test_strength_1_covers_the_distance_of_the_class_means(correlated: tuple, vectors: dict):
    codes, labels = correlated
    for vector in vectors.values():
        along = codes @ vector / (vector @ vector)
        apart = along[labels[:, 0]].mean() - along[~labels[:, 0]].mean()
        assert apart == pytest.approx(1, abs=1e-3)


def test_a_mean_difference_moves_the_partner_too_and_a_balanced_one_does_not(vectors: dict):
    # By Bayes: how much more often those with glasses are male.
    with_glasses = P_MALE * P_GLASSES[True], (1 - P_MALE) * P_GLASSES[False]
    without = P_MALE * (1 - P_GLASSES[True]), (1 - P_MALE) * (1 - P_GLASSES[False])
    more_male = with_glasses[0] / sum(with_glasses) - without[0] / sum(without)
    assert more_male > 0.6
    expected = GLASSES + more_male * MALE
    np.testing.assert_allclose(vectors["mean_difference"], expected, atol=0.06)
    assert cosine(vectors["mean_difference"], GLASSES) < 0.95
    assert cosine(vectors["balanced"], GLASSES) > 0.998


def moves(vector: np.ndarray) -> tuple[float, float]:
    """How much of glasses and of male an edit adds, by the code's own law."""
    planes = np.linalg.lstsq(np.column_stack([GLASSES, MALE]), vector, rcond=None)[0]
    return float(planes[0]), float(planes[1])


def test_balanced_and_locked_vectors_move_the_target_and_not_its_partner(
    correlated: tuple, vectors: dict
):
    glasses, male = moves(vectors["mean_difference"])
    assert glasses > 0.9
    assert male > 0.5
    glasses, male = moves(vectors["balanced"])
    assert glasses > 0.9
    assert abs(male) < 0.06
    readout = logistic_normals(correlated[0], correlated[1][:, 1:2])[0][0]
    before = vectors["mean_difference"]
    left, share = hold(before, readout[None])
    assert 0.05 < share < 0.6
    assert abs(readout @ left) < 1e-4 * abs(readout @ before)
    codes = correlated[0]
    assert change_in_log_odds(codes, correlated[1][:, 0], left) > 1
    assert abs(change_in_log_odds(codes, correlated[1][:, 1], left)) < 0.05
    assert change_in_log_odds(codes, correlated[1][:, 1], before) > 1


def change_in_log_odds(codes: np.ndarray, has: np.ndarray, vector: np.ndarray) -> float:
    """By Bayes' rule with the classes' own means and covariance, unlike the logistic readout."""
    centred = np.where(has[:, None], codes - codes[has].mean(0), codes - codes[~has].mean(0))
    difference = codes[has].mean(0) - codes[~has].mean(0)
    return float(np.linalg.solve(np.cov(centred.T), difference) @ vector)


def test_overlap_weights_make_all_other_attributes_equally_frequent(correlated: tuple):
    glasses, others = correlated[1][:, 0], correlated[1][:, 1:]
    weights = overlap_weights(others, glasses)
    assert ((weights >= 0) & (weights <= 1)).all()
    shares = [np.average(others[k], axis=0, weights=weights[k]) for k in (glasses, ~glasses)]
    np.testing.assert_allclose(*shares, atol=2e-3)
    assert others[glasses, 0].mean() - others[~glasses, 0].mean() > 0.6


def test_effective_numbers_count_equal_weights_and_less_where_they_are_unequal(correlated: tuple):
    assert effective_number(np.full(7, 0.3)) == pytest.approx(7)
    assert effective_number(np.array([1.0, 0, 0])) == pytest.approx(1)
    assert effective_number(np.zeros(3)) == 0
    labels = correlated[1]
    effective = next(fit_vectors(*correlated, [0])).effective
    assert (effective > 1000).all()
    assert (effective < [(~labels[:, 0]).sum(), labels[:, 0].sum()]).all()


def test_nothing_to_balance_gives_equal_weights():
    has = np.arange(6) < 3
    constant = np.zeros((6, 2), bool)
    np.testing.assert_array_equal(overlap_weights(constant, has), np.ones(6))


def test_a_label_that_tells_the_attribute_leaves_a_vector(correlated: tuple):
    codes, labels = correlated
    twice = np.column_stack([labels[:, 0], labels[:, 0]])
    vectors = vectors_of(codes, twice, 0)
    assert all(np.isfinite(vector).all() and vector.any() for vector in vectors.values())


def test_noise_asks_for_a_strong_penalty_and_many_codes_for_a_weak_one(correlated: tuple):
    generator = np.random.default_rng(3)
    few = generator.normal(size=(60, 40))
    assert logistic_normals(few, generator.random((60, 1)) < 0.5)[1] == min(PENALTIES)
    assert logistic_normals(correlated[0], correlated[1][:, :1])[1] > min(PENALTIES)


def test_dimensions_that_never_move_stay_out_of_every_vector(correlated: tuple):
    codes = np.column_stack([correlated[0][:2000], np.zeros(2000, np.float32)])
    for vector in vectors_of(codes, correlated[1][:2000], 0).values():
        assert np.isfinite(vector).all()
        assert vector[-1] == pytest.approx(0, abs=1e-6)


def test_a_direction_along_which_the_means_lie_the_other_way_round_keeps_its_length():
    direction, difference = np.array([2.0, 0]), np.array([3.0, 1])
    np.testing.assert_allclose(calibrated(direction, difference), [3, 0])
    np.testing.assert_allclose(calibrated(-direction, difference), [-2, 0])
    np.testing.assert_allclose(calibrated(np.zeros(2), difference), [0, 0])


def test_on_drawn_faces_balanced_and_held_vectors_leave_the_partner_alone(drawn_many: Prepared):
    """Drawn men wear glasses six times as often as women do. Codes are the pictures' principal
    components; a step along a vector is told in gaps between the class means of a readout.
    """
    pixels = np.asarray(drawn_many.pictures).reshape(len(drawn_many.pictures), -1) / 255
    codes = PCA(24, random_state=0).fit_transform(pixels).astype(np.float32)
    labels = drawn_many.table[list(ATTRIBUTES)].to_numpy(bool)
    glasses, male = ATTRIBUTES.index("Eyeglasses"), ATTRIBUTES.index("Male")

    def gaps(vector: np.ndarray, attribute: int) -> float:
        has = labels[:, attribute]
        readout = LogisticRegression(C=0.1, max_iter=2000).fit(codes, has).coef_[0]
        along = codes @ readout
        return float(vector @ readout / (along[has].mean() - along[~has].mean()))

    vectors = vectors_of(codes, labels, glasses)
    of_male = vectors_of(codes, labels, male)["logistic"]
    held, _ = hold(vectors["mean_difference"], of_male[None])
    for vector in (vectors["balanced"], held):
        assert gaps(vector, glasses) > 0.6
        assert abs(gaps(vector, male)) < 0.3
    assert gaps(vectors["mean_difference"], male) > 0.5
