"""Whether each dimension of the codes tells one true cause of the pictures, and no other.

MIG (Chen et al. 2018, "Isolating sources of disentanglement", eq. 6): of each factor the mutual
information with the dimension that tells most of it, less that with the second, as a share of the
factor's entropy. Dimensions are the posterior means in BINS equal bins, as Locatello et al. 2019
take them.

DCI (Eastwood & Williams 2018): a random forest predicts each factor from all dimensions. Of its
importances, disentanglement says whether a dimension serves one factor, completeness whether a
factor is served by one dimension, each as 1 less an entropy. Informativeness is the share of
validation pictures whose factor it tells.

All are 1 at best and compare runs on the same pictures only. A rotation of the codes changes none
of their likelihood and all of this.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from training.run.latents import Latents

BINS = 20  # of each dimension
TREES, DEPTH, SEED = 30, 12, 0
MOST_FITTED = 10_000  # training pictures that the forests learn from
NOTHING = 1e-12


def disentanglement(latents: Latents, factors: Mapping[str, np.ndarray]) -> dict[str, Any] | None:
    """MIG on the validation codes, DCI fitted on training codes and scored on validation codes.

    factors: name -> (N,) int64 of the pictures of `latents`. A run without training codes fits on
    half of its validation codes. Factors that do not vary tell nothing and are left out; None
    where fewer than two vary.
    """
    from sklearn.ensemble import RandomForestClassifier

    train, held_out = latents.rows("train"), latents.rows("validation")
    if not len(train):
        train, held_out = held_out[::2], held_out[1::2]
    train = train[:MOST_FITTED]
    codes = latents.mean.astype(np.float64)
    varying = {
        name: values
        for name, values in factors.items()
        if all(len(np.unique(values[rows])) > 1 for rows in (train, held_out))
    }
    if len(varying) < 2:
        return None
    gaps = {k: gap(codes[held_out], values[held_out]) for k, values in varying.items()}
    importances, told = [], {}
    for name, values in varying.items():
        forest = RandomForestClassifier(TREES, max_depth=DEPTH, random_state=SEED, n_jobs=1)
        forest.fit(codes[train], values[train])
        importances.append(forest.feature_importances_)
        told[name] = float(forest.score(codes[held_out], values[held_out]))
    shares = np.stack(importances, 1)  # (D, K)
    return {
        "mig": _mean(gaps),
        "disentanglement": of_dimensions(shares),
        "completeness": of_factors(shares),
        "informativeness": _mean(told),
        "mig_by_factor": {name: round(value, 4) for name, value in gaps.items()},
        "informativeness_by_factor": {name: round(value, 4) for name, value in told.items()},
        "bins": BINS,
        "trees": TREES,
        "fitted_on": len(train),
        "pictures": len(held_out),
    }


def gap(codes: np.ndarray, factor: np.ndarray) -> float:
    """The mutual information gap of one factor. codes: (N, D). factor: (N,) int64, not constant."""
    from sklearn.metrics import mutual_info_score

    told = sorted(mutual_info_score(factor, _binned(column)) for column in codes.T)
    second = told[-2] if len(told) > 1 else 0.0
    return float((told[-1] - second) / mutual_info_score(factor, factor))


def of_dimensions(importances: np.ndarray) -> float:
    """Disentanglement of importances (D, K), K >= 2; dimensions weighed by their importance."""
    weight = importances.sum(1) / max(importances.sum(), NOTHING)
    return float(weight @ _purity(importances))


def of_factors(importances: np.ndarray) -> float:
    """Completeness of importances (D, K); factors weighed by their importance."""
    if len(importances) < 2:
        return 1.0  # there is no other dimension
    weight = importances.sum(0) / max(importances.sum(), NOTHING)
    return float(weight @ _purity(importances.T))


def _purity(rows: np.ndarray) -> np.ndarray:
    """1 less the entropy of each row of (R, K), by the largest there can be."""
    share = rows / np.maximum(rows.sum(1, keepdims=True), NOTHING)
    entropy = -(share * np.log(np.maximum(share, NOTHING))).sum(1)
    return 1 - entropy / np.log(rows.shape[1])


def _binned(values: np.ndarray) -> np.ndarray:
    """(N,) int64, BINS equal ones from the least to the greatest."""
    edges = np.linspace(values.min(), values.max(), BINS + 1)
    return np.digitize(values, edges[1:-1])


def _mean(figures: Mapping[str, float]) -> float:
    return float(np.mean(list(figures.values())))
