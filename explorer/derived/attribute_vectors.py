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

from collections.abc import Sequence

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from explorer.recipe.latent_algebra import mean_difference, weighted_mean_difference

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)  # C of scikit-learn, on standardised codes
HELD_OUT = 0.2  # of the codes, to choose among them
SEED = 0


def overlap_weights(others: np.ndarray, has: np.ndarray) -> np.ndarray:
    """How much each face counts in the balanced mean difference: (N,) float64, 0 to 1.

    others: (N, A - 1) bool, the other labels. has: (N,) bool. A face counts by the probability
    that it had the opposite label, which a logistic regression tells from its other labels.
    """
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


def logistic_normal(codes: np.ndarray, has: np.ndarray) -> tuple[np.ndarray, float]:
    """Normal (D,) float64 of a logistic regression in code space, and the penalty C chosen.

    codes: (N, D), has: (N,) bool. The C of PENALTIES that gives the held-out fifth of the codes
    the highest likelihood is used on all of them.
    """
    spread = codes.std(0)
    scale = np.where(spread > 0, spread, 1).astype(np.float64)
    standardised = (codes - codes.mean(0)) / scale

    def fit(penalty: float, rows: np.ndarray) -> LogisticRegression:
        regression = LogisticRegression(C=penalty, max_iter=500, tol=1e-3)
        return regression.fit(standardised[rows], has[rows])

    rows = np.arange(len(codes))
    fitting, held_out = train_test_split(rows, test_size=HELD_OUT, random_state=SEED, stratify=has)
    losses = [
        log_loss(has[held_out], fit(c, fitting).predict_proba(standardised[held_out])[:, 1])
        for c in PENALTIES
    ]
    penalty = PENALTIES[int(np.argmin(losses))]
    return fit(penalty, rows).coef_[0] / scale, penalty


def discriminant_normal(codes: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Normal (D,) float64 of a linear discriminant. codes: (N, D), has: (N,) bool."""
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return discriminant.fit(codes.astype(np.float64), has).coef_[0]


def calibrated(direction: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """The direction, as long as `difference` of two class means reaches along it: (D,) float32.

    A direction along which the means lie the other way round, or not apart, keeps its length.
    """
    length = direction @ direction
    reach = difference @ direction / length if length > 0 else 0.0
    return (direction * (reach if reach > 0 else 1.0)).astype(np.float32)


def fit_vectors(
    codes: np.ndarray, labels: np.ndarray, attribute: int, beside: Sequence[int] = ()
) -> tuple[dict[str, np.ndarray], np.ndarray, float]:
    """The vectors of one attribute by every method, calibrated: method -> (D,) float32.

    codes: (N, D). labels: (N, A) bool; column `attribute` holds both values, twice at least.
    beside: columns that exclude it: they tell it, so no face could be matched on them. Also
    returns the effective numbers of faces without and with it in the balanced vector, (2,)
    float32, and the penalty C of the logistic regression.
    """
    has = labels[:, attribute]
    difference = mean_difference(codes, has).astype(np.float64)
    weights = overlap_weights(np.delete(labels, [attribute, *beside], axis=1), has)
    effective = [effective_number(weights[~has]), effective_number(weights[has])]
    normal, penalty = logistic_normal(codes, has)
    directions = {
        "mean_difference": difference,
        "balanced": weighted_mean_difference(codes, has, weights),
        "logistic": normal,
        "discriminant": discriminant_normal(codes, has),
    }
    vectors = {method: calibrated(v, difference) for method, v in directions.items()}
    return vectors, np.array(effective, np.float32), penalty
