"""Partial effects: against the regression written out, and what their lengths promise."""

import numpy as np
import pytest

from explorer.recipe.latent_algebra import mean_difference, principal_components
from training.codes.partial_effects import PartialEffects

FACES, LABELS, D = 4000, 5, 12


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels (N, V) bool that come together, what each adds (V, D), and codes (N, D)."""
    rng = np.random.default_rng(0)
    common = rng.standard_normal(FACES)
    labels = common[:, None] + rng.standard_normal((FACES, LABELS)) > [0.2, 0.5, 0, -0.4, 0.8]
    adds = rng.standard_normal((LABELS, D))
    codes = labels @ adds + 0.5 * rng.standard_normal((FACES, D))
    return labels, adds, codes.astype(np.float32)


@pytest.fixture(scope="module")
def partial(data: tuple) -> PartialEffects:
    labels, _, codes = data
    counts = labels.astype(np.int64).T @ labels.astype(np.int64)
    differences = np.stack([mean_difference(codes, has) for has in labels.T])
    _, components, spread = principal_components(codes)
    return PartialEffects.of(counts, FACES, differences, components, spread)


def written_out(labels: np.ndarray, codes: np.ndarray, k: int, ridge: float) -> np.ndarray:
    """The regression of codes on all labels of every face, a ridge on those but k: what k adds."""
    a, z = labels - labels.mean(0), codes - codes.mean(0, dtype=np.float64)
    price = ridge * a.var(0) * len(a)
    price[k] = 0
    return np.linalg.solve(a.T @ a + np.diag(price), a.T @ z)[k]


@pytest.mark.parametrize("clean", [0.05, 0.25, 0.5, 0.9, 1.0])
def test_one_solve_gives_every_attribute_the_direction_of_its_own_regression(data, partial, clean):
    labels, _, codes = data
    vectors = partial.vectors(clean)
    for k in range(LABELS):
        slow = written_out(labels, codes, k, (1 - clean) / clean)
        cosine = vectors[k] @ slow / np.linalg.norm(vectors[k]) / np.linalg.norm(slow)
        assert cosine == pytest.approx(1, abs=1e-6)


def test_the_ends_of_the_curve_are_the_mean_difference_and_what_the_label_itself_adds(
    data, partial
):
    labels, adds, codes = data
    differences = np.stack([mean_difference(codes, has) for has in labels.T])
    np.testing.assert_allclose(partial.vectors(0.0), differences, rtol=1e-4, atol=1e-5)
    for k in range(LABELS):
        full = written_out(labels, codes, k, 0.0)
        np.testing.assert_allclose(full, adds[k], atol=0.1)  # noise of 4,000 faces
        cosine = partial.vectors(1.0)[k] @ adds[k]
        cosine /= np.linalg.norm(partial.vectors(1.0)[k]) * np.linalg.norm(adds[k])
        assert cosine > 0.99
        assert cosine > differences[k] @ adds[k] / np.linalg.norm(differences[k]) / np.linalg.norm(
            adds[k]
        )


@pytest.mark.parametrize("clean", [0.0, 0.3, 1.0])
def test_every_vector_moves_the_readout_by_the_difference_of_the_classes(data, partial, clean):
    labels, _, codes = data
    readouts = partial.readouts
    np.testing.assert_allclose(  # the readout is the linear regression of the label on the codes
        readouts,
        np.stack(
            [
                np.linalg.lstsq(codes - codes.mean(0), has - has.mean(), rcond=None)[0]
                for has in labels.T.astype(float)
            ]
        ),
        atol=5e-3,
    )
    for k, has in enumerate(labels.T):
        along = codes @ readouts[k]
        expected = along[has].mean() - along[~has].mean()
        assert partial.vectors(clean)[k] @ readouts[k] == pytest.approx(expected, rel=1e-3)


def test_labels_that_are_the_same_leave_a_finite_vector():
    """A label beside its copy has no effect of its own; the solve shares it among both."""
    counts = np.array([[40, 40], [40, 40]])
    differences = np.tile(np.array([[1.0, 0, 2]]), (2, 1))
    partial = PartialEffects.of(counts, 100, differences, np.eye(3), np.ones(3))
    for clean in (0.0, 0.5, 1.0):
        np.testing.assert_allclose(partial.vectors(clean), differences, rtol=1e-3)
