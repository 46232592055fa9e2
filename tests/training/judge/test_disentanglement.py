"""MIG and DCI where it is known what they must be."""

from pathlib import Path

import numpy as np
import pytest

from data.examples import write_example
from data.labelled import read_labelled, told_by
from data.prepare import prepare
from tests.conftest import _trained
from training.judge.disentanglement import disentanglement, gap, of_dimensions, of_factors
from training.run.latents import Latents
from training.run.run_folder import own_report

COUNT = 4000


def latents(codes: np.ndarray) -> Latents:
    n, d = codes.shape
    return Latents(
        ids=np.array([f"{k}.png" for k in range(n)]),
        partition=np.where(np.arange(n) < n // 2, "train", "validation"),
        mean=codes.astype(np.float32),
        logvar=np.zeros((n, d), np.float32),
        attributes=np.zeros(0, str),
        labels=np.zeros((n, 0), bool),
        label_source="table",
        weights="",
        data="",
    )


@pytest.fixture(scope="module")
def factors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 4, COUNT) for name in ("shape", "x", "y")}


def test_a_dimension_for_each_factor_is_perfect(factors):
    codes = np.stack([*factors.values(), np.random.default_rng(1).normal(size=COUNT)], 1)
    found = disentanglement(latents(codes), factors)
    for name in ("mig", "disentanglement", "completeness", "informativeness"):
        assert found[name] > 0.85, name
    assert found["mig"] > 0.97
    assert found["mig_by_factor"].keys() == factors.keys()


def test_the_same_codes_turned_tell_as_much_and_are_not_disentangled(factors):
    codes = np.stack(list(factors.values()), 1).astype(float)
    turn = np.array([[2, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 3  # a rotation
    found = disentanglement(latents(codes @ turn), factors)
    assert found["informativeness"] > 0.9
    assert found["mig"] < 0.4
    assert found["disentanglement"] < 0.6


def test_a_factor_in_two_dimensions_has_no_gap_and_a_factor_in_one_has_all(factors):
    x, noise = factors["x"].astype(float), np.random.default_rng(3).normal(size=COUNT)
    assert gap(np.stack([x, x, noise], 1), factors["x"]) == pytest.approx(0, abs=1e-6)
    assert gap(np.stack([x, noise], 1), factors["x"]) == pytest.approx(1, abs=0.05)


def test_importances_of_known_entropy():
    """Dimension 1 serves one factor; dimension 2 both alike; they weigh 1 and 2 of 3."""
    shares = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert of_dimensions(shares) == pytest.approx(1 / 3)
    # Factor 1 is told by both dimensions alike, factor 2 by the second alone.
    assert of_factors(shares) == pytest.approx(1 / 3)
    assert of_factors(np.array([[0.5, 0.5]])) == 1


def test_one_factor_is_too_few(factors):
    codes = latents(np.random.default_rng(4).normal(size=(COUNT, 2)))
    assert disentanglement(codes, {"x": factors["x"]}) is None
    assert disentanglement(codes, {"x": factors["x"], "y": np.zeros(COUNT, int)}) is None


def test_the_report_of_pictures_with_factors_has_them(tmp_path: Path):
    folder = write_example("shapes", tmp_path / "shapes", 340)
    prepared = prepare(read_labelled(folder, told_by(folder)), tmp_path / "p", 32, workers=1)
    run = _trained("vae", prepared, tmp_path / "run")
    found = own_report(run)["disentanglement"]
    assert found["mig_by_factor"].keys() == prepared.schema.factors.keys()
    assert 0 <= found["mig"] <= 1
    assert 0 < found["informativeness"] < 1
