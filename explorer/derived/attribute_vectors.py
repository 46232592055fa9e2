"""Attribute vectors by four methods, from codes and labels; scikit-learn does the fitting.

mean_difference  mean code with the attribute minus mean code without (Larsen et al. 2016). Takes
                 along whatever comes together with the attribute in the data.
balanced         the same between faces that are matched on all other attributes: each face counts
                 by the probability of the opposite label given its other labels (overlap weights,
                 Li, Morgan & Zaslavsky 2018, theorem 3), so all other attributes are as frequent
                 among those with as among those without.
logistic         the normal of a logistic regression, its penalty chosen on held-out codes.
discriminant     the normal of a linear discriminant (Fisher 1936): the difference of the means
                 whitened by the covariance within the classes, shrunk as Ledoit & Wolf 2004 do.

Every vector is scaled so that strength 1 covers the distance of the two class means along it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from explorer.recipe.latent_algebra import mean_difference, weighted_mean_difference


def overlap_weights(others: np.ndarray, has: np.ndarray) -> np.ndarray:
    """How much each face counts in the balanced mean difference: (N,) float64, 0 to 1.

    others: (N, A - 1) bool, the other labels. has: (N,) bool. A face counts by the probability
    that it had the opposite label, which a logistic regression tells from its other labels.
    """
    from sklearn.linear_model import LogisticRegression

    others = others[:, others.any(0) & ~others.all(0)]
    if not others.shape[1]:
        return np.ones(len(has))
    regression = LogisticRegression(C=1.0, solver="newton-cholesky")
    fitted = regression.fit(others.astype(np.float64), has)
    propensity = fitted.predict_proba(others.astype(np.float64))[:, 1]
    return np.where(has, 1 - propensity, propensity)


def effective_number(weights: np.ndarray) -> float:
    """As how many equal ones so many unequal weights count (Kish 1965)."""
    squares = np.square(weights).sum()
    return float(weights.sum() ** 2 / squares) if squares > 0 else 0.0


def discriminant_normal(codes: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Normal (D,) float32 of a linear discriminant. codes: (N, D), has: (N,) bool."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return discriminant.fit(codes.astype(np.float32), has).coef_[0]


def calibrated(direction: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """The direction, as long as `difference` of two class means reaches along it: (D,) float32.

    A direction along which the means lie the other way round, or not apart, keeps its length.
    """
    length = direction @ direction
    reach = difference @ direction / length if length > 0 else 0.0
    return (direction * (reach if reach > 0 else 1.0)).astype(np.float32)


class Fitted(NamedTuple):
    """Of one attribute. vectors: method -> (D,) float32, calibrated. effective: (2,) float32, the
    effective numbers of faces without and with it in the balanced vector. penalty: the C of the
    logistic regression.
    """

    vectors: dict[str, np.ndarray]
    effective: np.ndarray
    penalty: float


def fit_vectors(
    codes: np.ndarray,
    labels: np.ndarray,
    attributes: Sequence[int],
    beside: Sequence[Sequence[int]] = (),
) -> Iterator[Fitted]:
    """The vectors of each of some attributes by every method.

    codes: (N, D). labels: (N, A) bool; the columns `attributes` hold both values, twice at least.
    beside: for each of them the columns that exclude it: they tell it, so no face could be matched
    on them.
    """
    beside = beside or [()] * len(attributes)
    if not len(attributes):
        return
    from explorer.derived.logistic import logistic_normals

    normals, penalties = logistic_normals(codes, labels[:, list(attributes)])
    for attribute, excluded, normal, penalty in zip(
        attributes, beside, normals, penalties, strict=True
    ):
        yield _fit_one(codes, labels, attribute, excluded, normal, float(penalty))


def _fit_one(
    codes: np.ndarray,
    labels: np.ndarray,
    attribute: int,
    beside: Sequence[int],
    normal: np.ndarray,
    penalty: float,
) -> Fitted:
    has = labels[:, attribute]
    difference = mean_difference(codes, has).astype(np.float64)
    weights = overlap_weights(np.delete(labels, [attribute, *beside], axis=1), has)
    effective = [effective_number(weights[~has]), effective_number(weights[has])]
    directions = {
        "mean_difference": difference,
        "balanced": weighted_mean_difference(codes, has, weights),
        "logistic": normal,
        "discriminant": discriminant_normal(codes, has),
    }
    vectors = {method: calibrated(v, difference) for method, v in directions.items()}
    return Fitted(vectors, np.array(effective, np.float32), penalty)
