"""The Fréchet distance: its closed form on Gaussians, a slow twin, and the protocol."""

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from data.prepared import Prepared
from training.__main__ import main
from training.codes.encode import encode
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.frechet import (
    Moments,
    excess_of_mixture,
    frechet_distance,
    moments,
    nearest_distance,
    nearest_training_code,
    sample_quality,
    seen,
)
from training.run.latents import load_latents, save_latents
from training.run.run_folder import load_model

RNG = np.random.default_rng(0)
CPU = torch.device("cpu")
NO_FID = find_spec("torchmetrics") is None


def normal(*shape: int) -> torch.Tensor:
    return torch.from_numpy(RNG.standard_normal(shape))


def spread(f: int, rank: int) -> np.ndarray:
    """(F, F) a covariance of the given rank."""
    factor = RNG.standard_normal((f, rank))
    return factor @ factor.T / rank


def test_the_distance_of_axis_aligned_gaussians_is_the_closed_form():
    a = Moments(np.array([0.0, 1, 2]), np.diag([1.0, 4, 9]))
    b = Moments(np.array([1.0, 1, 0]), np.diag([4.0, 4, 1]))
    expected = (1 + 0 + 4) + (1 - 2) ** 2 + 0 + (3 - 1) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("ranks", [(12, 12), (12, 5), (5, 12)])
def test_the_distance_is_that_of_the_matrix_root(ranks: tuple[int, int]):
    a, b = (Moments(RNG.standard_normal(12), spread(12, rank)) for rank in ranks)
    # SciPy's root is inexact where a product is singular; a little on the diagonal helps it.
    root = sqrtm((a.covariance + 1e-9 * np.eye(12)) @ (b.covariance + 1e-9 * np.eye(12))).real
    slow = np.square(a.mean - b.mean).sum()
    slow += np.trace(a.covariance + b.covariance - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(slow, rel=1e-3)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))


def test_moments_are_those_of_the_rows():
    features = RNG.standard_normal((50, 4)).astype(np.float32)
    found = moments(features)
    np.testing.assert_allclose(found.mean, features.mean(0), atol=1e-6)
    np.testing.assert_allclose(found.covariance, np.cov(features.T), atol=1e-6)
    by_torch = moments(torch.from_numpy(features))
    for one, other in zip(by_torch, found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    apart = frechet_distance(by_torch, moments(torch.from_numpy(2 * features)))
    assert apart == pytest.approx(frechet_distance(found, moments(2 * features)))
    with pytest.raises(ValueError, match="expected at least 2 pictures for a covariance; found 1"):
        moments(features[:1])


def test_many_samples_of_one_distribution_come_near():
    a, b = (moments(RNG.standard_normal((20_000, 3))) for _ in range(2))
    assert frechet_distance(a, b) < 0.01
    moved = moments(RNG.standard_normal((20_000, 3)) + np.array([2, 0, 0]))
    assert frechet_distance(a, moved) == pytest.approx(4, abs=0.15)


def test_batches_and_levels_between_two_do_not_matter():
    network = load_classifier(CLASSIFIER)
    x = torch.from_numpy(RNG.integers(0, 256, (6, 3, 16, 16)).astype(np.float32)) / 255
    whole, parts = seen(network, [x]), seen(network, (x + 0.4 / 255).clamp(0, 1).split(4))
    np.testing.assert_allclose(whole.mean, parts.mean, atol=1e-5)
    np.testing.assert_allclose(whole.covariance, parts.covariance, atol=1e-5)


def test_the_report_holds_the_distances_and_the_protocol(
    run: Path, faces: Prepared, capsys: pytest.CaptureFixture
):
    encode(run, faces, CPU)
    options = [str(run), "--data", str(faces.root), "--device", "cpu", "--importance-pictures", "0"]
    assert main(["evaluate", *options, "--samples", "12"]) == 0
    assert "Fréchet mixture" in capsys.readouterr().out
    found = sample_quality(run, load_model(run), faces, load_latents(run), 12)
    protocol = found["protocol"]
    key = hashlib.sha256(CLASSIFIER.read_bytes()).hexdigest()[:16]
    assert (protocol["features_key"], protocol["samples"], protocol["seed"]) == (key, 12, 0)
    assert (protocol["reference_pictures"], protocol["fitted_on"]) == (10, 77)
    assert protocol["crop"] == [15, 35, 163, 183]
    assert list(found["samples"]) == ["prior", "Gaussian", "mixture"]
    # Grey pictures of an untrained network are farther away than real ones of other faces.
    assert 0 < found["training_pictures"] < min(found["samples"].values())

    # As many training codes as samples, from the first to the last of the 77.
    model, latents = load_model(run), load_latents(run)
    codes = latents.mean[latents.rows("train")[[0, 7, 14, 21, 28, 35, 41, 48, 55, 62, 69, 76]]]
    network = load_classifier(CLASSIFIER)
    validation = torch.from_numpy(faces.pictures[faces.rows("validation")]).permute(0, 3, 1, 2)
    of_codes = seen(network, [model.decode(torch.from_numpy(codes))])
    expected = frechet_distance(seen(network, [validation / 255]), of_codes)
    assert found["training_codes"] == pytest.approx(expected, rel=1e-3)
    assert found["flow"] is None

    assert found["fid"] is None
    assert main(["evaluate", *options, "--samples", "12", "--fid"]) == (2 if NO_FID else 0)
    if NO_FID:
        assert "expected torchmetrics and its Inception network" in capsys.readouterr().err

    # A published run has no training codes: the pictures are encoded, to the same end.
    latents = load_latents(run)
    save_latents(run, latents.take(latents.rows("validation")))
    assert sample_quality(run, load_model(run), faces, load_latents(run), 12) == found


def test_the_nearest_training_code_is_that_of_all_distances():
    train, codes = normal(500, 6) + 3, normal(90, 6)
    slow = np.linalg.norm(codes[:, None] - train, axis=2).min(1)
    np.testing.assert_allclose(nearest_distance(codes, train), slow, rtol=1e-6)
    np.testing.assert_allclose(nearest_distance(train[:3], train), 0, atol=1e-5)


def test_the_check_of_a_flow_is_its_share_of_the_mixtures_excess():
    train = normal(300, 4)
    drawn = {"flow": train[:50] + 0.01, "mixture": 2 * normal(50, 4)}
    distances = {"mean": {"flow": 3.5, "mixture": 5.0}, "sharp": {"flow": 1.0, "mixture": 2.0}}
    floors = {"mean": 3.0, "sharp": 2.5}
    assert excess_of_mixture(distances, floors) == {"mean": 0.25, "sharp": None}
    nearest = nearest_training_code(drawn, normal(50, 4), train)
    assert nearest["flow"] < 0.05 < nearest["validation"] < nearest["mixture"]  # learned by heart


def test_a_flow_is_judged_with_the_other_samplers(run: Path, faces: Prepared, capsys):
    encode(run, faces, CPU)
    assert main(["flow", str(run), "--steps", "2", "--batch", "8", "--device", "cpu"]) == 0
    options = [str(run), "--data", str(faces.root), "--device", "cpu", "--importance-pictures", "0"]
    assert main(["evaluate", *options, "--samples", "12"]) == 0
    printed = capsys.readouterr().out
    assert "Fréchet flow" in printed
    assert "nearest code, validation" in printed
    found = json.loads((run / "report.json").read_text())["frechet"]
    assert list(found["samples"]) == ["prior", "Gaussian", "mixture", "flow"]
    assert list(found["flow"]["nearest_training_code"]) == ["flow", "mixture", "validation"]
    # Drawn once more, here by the very same decoder.
    model = load_model(run)
    twice = sample_quality(run, model, faces, load_latents(run), 12, sharp=model.decode)
    assert twice["sharp"] == twice["samples"] == found["samples"]
    assert twice["flow"]["excess_of_mixture"]["sharp"] == found["flow"]["excess_of_mixture"]["mean"]
