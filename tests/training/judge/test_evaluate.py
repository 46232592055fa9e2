"""The report: every figure against a slow twin over pictures, distributions or codes."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import norm
from torch.distributions import Normal, kl_divergence

from data.prepared import Prepared
from training.codes.encode import encode
from training.compute.batches import PictureBatches
from training.compute.randomness import Stream, seeded
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.evaluate import evaluate, importance, validation_figures
from training.judge.renderers import renderer_figures
from training.judge.sharpness import sharpness
from training.judge.ssim import ssim
from training.model.config import ConfigError, ModelConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import VAE, build
from training.run.files import write_json
from training.run.latents import Latents, load_latents, save_latents
from training.run.run_folder import (
    REPORT,
    RunError,
    load_model,
    read_config,
    weights_key,
    write_config,
    write_weights,
)
from training.run.sharp import SharpDecoder, load_sharp, save_sharp

CPU = torch.device("cpu")
VALUES = 3 * 16 * 16
KEYS = {
    *("weights", "data", "partition", "pictures", "trained_on"),
    *("psnr_mean_db", "psnr_first_percentile_db", "psnr_sample_db"),
    *("ssim_mean", "sharpness_mean"),
    *("likelihood", "sigma", "importance_weighted", "frechet"),
    *("distortion_nats", "rate_nats", "elbo_nats"),
    *("bits_per_dim", "active_units", "kl_per_dimension", "spread_per_dimension", "probes"),
    *("refine_steps", "encoder", "sharp"),
}


@pytest.fixture
def report(run: Path, faces: Prepared) -> dict[str, Any]:
    """The report of a VAE with sigma 0.3, encoded; its pictures lie in `run` too."""
    model = load_model(run)
    model.log_sigma.fill_(math.log(0.3))
    write_weights(run, model)
    encode(run, faces, CPU)
    return evaluate(run, faces, CPU, samples=0)


@pytest.fixture
def codes(run: Path, report: dict[str, Any]) -> Latents:
    """The codes of the ten validation pictures."""
    latents = load_latents(run)
    return latents.take(latents.rows("validation"))


def pictures(faces: Prepared) -> np.ndarray:
    """(10, 16, 16, 3) validation pictures in [0, 1]."""
    return faces.pictures[faces.rows("validation")] / 255


def decoded(run: Path, z: torch.Tensor) -> np.ndarray:
    """(16, 16, 3) the mean of p(x|z) of one code."""
    return load_model(run).decode(z[None])[0].permute(1, 2, 0).double().numpy()


def test_the_report_says_what_was_measured_and_is_written(
    run: Path, faces: Prepared, report: dict[str, Any]
):
    assert report.keys() == KEYS
    assert (report["weights"], report["data"]) == (weights_key(run), faces.fingerprint)
    assert (report["partition"], report["pictures"]) == ("validation", 10)
    assert report["trained_on"] == read_config(run).data
    assert json.loads((run / REPORT).read_text()) == report


def test_psnr_is_that_of_the_pictures_one_by_one(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    noise = torch.randn((10, 8), generator=seeded(0, Stream.EVALUATION_NOISE, 0))
    samples = torch.from_numpy(codes.mean + np.exp(codes.logvar / 2) * noise.numpy())
    for key, z in (("psnr_mean_db", torch.from_numpy(codes.mean)), ("psnr_sample_db", samples)):
        errors = [
            ((x - decoded(run, code)) ** 2).mean()
            for x, code in zip(pictures(faces), z, strict=True)
        ]
        assert report[key] == pytest.approx(-10 * math.log10(np.mean(errors)), abs=1e-4)


def test_distortion_is_the_mean_negative_log_likelihood_of_the_samples(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    noise = torch.randn((10, 8), generator=seeded(0, Stream.EVALUATION_NOISE, 0)).numpy()
    nats = []
    for x, mean, logvar, e in zip(pictures(faces), codes.mean, codes.logvar, noise, strict=True):
        z = torch.from_numpy(mean + np.exp(logvar / 2) * e)
        likelihood = Normal(torch.from_numpy(decoded(run, z)), 0.3)
        nats.append(-likelihood.log_prob(torch.from_numpy(x)).sum())
    assert report["sigma"] == pytest.approx(0.3)
    assert report["distortion_nats"] == pytest.approx(np.mean(nats), rel=1e-5)


def test_rate_is_the_mean_kl_to_the_prior(report: dict[str, Any], codes: Latents):
    posterior = Normal(torch.tensor(codes.mean), torch.tensor(codes.logvar / 2).exp())
    kl = kl_divergence(posterior, Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(report["kl_per_dimension"], kl, atol=1e-4)
    assert report["rate_nats"] == pytest.approx(kl.sum().item(), rel=1e-5)


def test_the_elbo_is_minus_distortion_minus_rate(report: dict[str, Any]):
    nats = report["distortion_nats"] + report["rate_nats"]
    assert report["elbo_nats"] == pytest.approx(-nats)


def log_probability(x: np.ndarray, mean: np.ndarray) -> float:
    """Nats of all levels of a picture under a Gaussian of sigma 0.3, by SciPy."""
    lower = np.where(x < 0.001, -np.inf, x - 0.5 / 255)
    upper = np.where(x > 0.999, np.inf, x + 0.5 / 255)
    return float(np.log(norm(mean, 0.3).cdf(upper) - norm(mean, 0.3).cdf(lower)).sum())


def test_bits_per_dim_are_the_code_length_of_the_levels(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    noise = torch.randn((10, 8), generator=seeded(0, Stream.EVALUATION_NOISE, 0)).numpy()
    z = torch.from_numpy(codes.mean + np.exp(codes.logvar / 2) * noise)
    nats = [
        -log_probability(x, decoded(run, code)) for x, code in zip(pictures(faces), z, strict=True)
    ]
    bits = (np.mean(nats) + report["rate_nats"]) / VALUES / math.log(2)
    assert report["bits_per_dim"] == pytest.approx(bits, rel=1e-5)
    density = (report["distortion_nats"] + report["rate_nats"]) / VALUES / math.log(2)
    # What falls outside [0, 1] belongs to the outer levels: shorter than the density says.
    assert report["bits_per_dim"] < density + math.log2(255)


def test_importance_weights_are_those_of_samples_one_by_one(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    model = load_model(run)
    rows = faces.rows("validation")
    found = importance(model, PictureBatches(faces.pictures, rows, CPU), codes, count=3, samples=5)
    elbos, bounds = [], []
    for row in (0, 4, 9):  # of ten, evenly spread: 4.5 is rounded to even
        noise = torch.randn((5, 8), generator=seeded(0, Stream.IMPORTANCE, row)).numpy()
        mean, sigma = codes.mean[row], np.exp(codes.logvar[row] / 2)
        weights = []
        for e in noise:
            z = mean + sigma * e
            weight = log_probability(pictures(faces)[row], decoded(run, torch.from_numpy(z)))
            weight += norm(0, 1).logpdf(z).sum() - norm(mean, sigma).logpdf(z).sum()
            weights.append(weight)
        elbos.append(np.mean(weights))
        bounds.append(np.log(np.mean(np.exp(np.array(weights) - max(weights)))) + max(weights))
    assert (found["samples"], found["pictures"]) == (5, 3)
    for key, nats in (("elbo_bits_per_dim", elbos), ("bits_per_dim", bounds)):
        assert found[key] == pytest.approx(-np.mean(nats) / VALUES / math.log(2), rel=1e-5)


def test_the_importance_weighted_bound_is_tighter_and_can_be_left_out(
    run: Path, faces: Prepared, report: dict[str, Any]
):
    told = report["importance_weighted"]
    assert (told["samples"], told["pictures"]) == (64, 10)
    assert told["bits_per_dim"] < told["elbo_bits_per_dim"]
    assert told["elbo_bits_per_dim"] == pytest.approx(report["bits_per_dim"], rel=0.02)
    assert (
        evaluate(run, faces, CPU, importance_pictures=0, samples=0)["importance_weighted"] is None
    )


def test_what_the_map_told_stays_while_the_weights_do(
    run: Path, faces: Prepared, report: dict[str, Any]
):
    told = {"map": {"codes/umap2": {"recall": 0.5}}}
    write_json(run / REPORT, report | told)
    assert evaluate(run, faces, CPU, importance_pictures=0, samples=0)["map"] == told["map"]
    write_json(run / REPORT, report | told | {"weights": "another"})
    assert "map" not in evaluate(run, faces, CPU, importance_pictures=0, samples=0)


def test_ssim_and_sharpness_are_those_of_the_means(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    found = load_model(run).decode(torch.from_numpy(codes.mean))
    x = torch.from_numpy(pictures(faces)).permute(0, 3, 1, 2).float()
    assert report["ssim_mean"] == pytest.approx(float(ssim(found, x).mean()), rel=1e-4)
    kept = float(sharpness(found).mean() / sharpness(x).mean())
    assert report["sharpness_mean"] == pytest.approx(kept, rel=1e-4)


def test_beside_flat_pictures_there_is_no_sharpness(run: Path, codes: Latents):
    flat = PictureBatches(
        np.full((len(codes), 16, 16, 3), 128, np.uint8), np.arange(len(codes)), CPU
    )
    assert validation_figures(load_model(run), flat, codes)["sharpness_mean"] is None


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_likelihood_can_be_measured(
    run: Path, faces: Prepared, tiny: ModelConfig, likelihood: str
):
    config = replace(tiny, likelihood=likelihood)
    write_config(run, replace(read_config(run), model=config))
    write_weights(run, build(config))
    encode(run, faces, CPU)
    report = evaluate(run, faces, CPU, importance_pictures=2, samples=0)
    assert report["likelihood"] == likelihood
    assert (report["sigma"] is None) == (likelihood not in ("fixed", "optimal"))
    assert 1 < report["bits_per_dim"] < 12  # a uniform guess has 8
    density = -report["elbo_nats"] / VALUES / math.log(2) + math.log2(255)
    assert report["bits_per_dim"] == pytest.approx(density, abs=0.7)


def test_active_units_are_the_dimensions_whose_mean_varies(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    rng = np.random.default_rng(0)
    variances = np.array([1, 0.5, 0.1, 0.02, 0.005, 0.001, 0, 0])
    mean = rng.standard_normal((10, 8))
    mean = (mean - mean.mean(0)) / mean.std(0, ddof=1) * np.sqrt(variances) + 3
    made = replace(codes, mean=mean.astype(np.float32))
    rows = faces.rows("validation")
    measured = validation_figures(load_model(run), PictureBatches(faces.pictures, rows, CPU), made)
    assert measured["active_units"] == 4
    np.testing.assert_allclose(measured["spread_per_dimension"], np.sqrt(variances), atol=1e-3)


def test_the_batch_does_not_matter_to_what_is_measured_at_the_mean(
    run: Path, faces: Prepared, report: dict[str, Any], monkeypatch
):
    monkeypatch.setattr("training.judge.evaluate.BATCH", 4)
    again = evaluate(run, faces, CPU, samples=0)
    assert again["psnr_mean_db"] == pytest.approx(report["psnr_mean_db"], abs=1e-4)
    assert again["rate_nats"] == pytest.approx(report["rate_nats"])


def test_probes_are_fitted_on_training_codes_and_told_per_attribute(report: dict[str, Any]):
    probes = report["probes"]
    assert probes["fitted_on"] == 77
    known = [auc for auc in probes["auc"].values() if auc is not None]
    assert 0 < len(known) < len(probes["auc"]) == 40
    assert probes["mean_auc"] == pytest.approx(np.mean(known))


@pytest.mark.parametrize(
    "change",
    [
        lambda latents: replace(latents, label_source="predicted"),
        lambda latents: replace(latents, labels=np.zeros_like(latents.labels)),
        lambda latents: latents.take(latents.rows("validation")),
    ],
    ids=["predicted labels", "no attribute varies", "no training codes"],
)
def test_there_are_no_probes_without_something_to_fit_and_score(
    run: Path, faces: Prepared, report: dict[str, Any], change
):
    save_latents(run, change(load_latents(run)))
    again = evaluate(run, faces, CPU, samples=0)
    assert again["probes"] is None
    assert again["psnr_mean_db"] == pytest.approx(report["psnr_mean_db"], abs=1e-4)


def grid(path: Path) -> np.ndarray:
    """(rows, columns, 16, 16, 3) pictures of a PNG with lines of one pixel between them."""
    image = np.asarray(Image.open(path))[1:, 1:]
    rows, columns = image.shape[0] // 17, image.shape[1] // 17
    cells = image.reshape(rows, 17, columns, 17, 3).swapaxes(1, 2)
    return cells[:, :, :16, :16]


def test_reconstructions_lie_below_their_pictures(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    cells = grid(run / "reconstructions.png")
    assert cells.shape[:2] == (2, 8)  # ten validation pictures: one whole row of eight
    for column, code in enumerate(torch.from_numpy(codes.mean[:8])):
        np.testing.assert_array_equal(cells[0, column], pictures(faces)[column] * 255)
        np.testing.assert_allclose(cells[1, column], decoded(run, code) * 255, atol=1)


def test_samples_are_decoded_from_the_prior(run: Path, report: dict[str, Any]):
    cells = grid(run / "samples.png")
    noise = torch.randn(32, 8, generator=seeded(0, Stream.PRIOR_SAMPLES, 0))
    assert cells.shape[:2] == (4, 8)
    np.testing.assert_allclose(cells[1, 2], decoded(run, noise[10]) * 255, atol=1)


def test_an_hourglass_has_a_distortion_but_no_elbo_and_no_samples(
    run: Path, faces: Prepared, tiny: ModelConfig
):
    hourglass = replace(tiny, kind="ae")
    write_config(run, replace(read_config(run), model=hourglass))
    model = build(hourglass)
    assert not isinstance(model, VAE)
    write_weights(run, model)
    encode(run, faces, CPU)
    report = evaluate(run, faces, CPU, samples=0)
    assert (report["elbo_nats"], report["bits_per_dim"], report["rate_nats"]) == (None, None, 0)
    assert report["psnr_sample_db"] == pytest.approx(report["psnr_mean_db"], abs=1e-4)
    assert report["kl_per_dimension"] == [0] * 8
    assert not (run / "samples.png").exists()


def test_codes_of_other_pictures_are_refused(run: Path, faces: Prepared):
    save_latents(run, replace(encode(run, faces, CPU), data="fedcba9876543210"))
    with pytest.raises(RunError) as caught:
        evaluate(run, faces, CPU, samples=0)
    assert str(caught.value) == (
        f"expected: latents of the pictures in {faces.root} ({faces.fingerprint})\n"
        "found: latents of others (fedcba9876543210)\n"
        f"next: python -m training encode {run} --data {faces.root}"
    )
    assert not (run / REPORT).exists()


def test_pictures_that_were_not_encoded_are_refused(run: Path, faces: Prepared):
    with pytest.raises(RunError, match="found: no such file\nnext: python -m training encode"):
        evaluate(run, faces, CPU, samples=0)


def test_pictures_of_another_size_are_refused(run: Path, drawn_prepared: Prepared):
    with pytest.raises(ConfigError, match="expected pictures of the model's size, 16; found"):
        evaluate(run, drawn_prepared, CPU)


def test_a_sharp_renderer_is_measured_beside_the_mean(
    run: Path, faces: Prepared, report: dict[str, Any], codes: Latents
):
    assert report["sharp"] is None
    torch.manual_seed(1)
    save_sharp(run, SharpDecoder(read_config(run).model, (8, 16), 1), {})
    found = evaluate(run, faces, CPU, importance_pictures=0, samples=12)
    assert found["psnr_mean_db"] == report["psnr_mean_db"]
    assert "sharp" not in found["frechet"]
    sharp, network = found["sharp"], load_sharp(run).network
    y = network(torch.from_numpy(codes.mean)).permute(0, 2, 3, 1).double().numpy()
    error = np.square(y - pictures(faces)).mean()
    assert sharp["psnr_db"] == pytest.approx(-10 * math.log10(error), abs=1e-4)
    x = torch.from_numpy(pictures(faces)).permute(0, 3, 1, 2)
    detail = sharpness(torch.from_numpy(y).permute(0, 3, 1, 2)).mean() / sharpness(x).mean()
    assert sharp["sharpness"] == pytest.approx(detail.item(), rel=1e-4)
    alike = ssim(torch.from_numpy(y).permute(0, 3, 1, 2), x).mean()
    assert sharp["ssim"] == pytest.approx(alike.item(), abs=1e-4)
    assert sharp["frechet_samples"].keys() == found["frechet"]["samples"].keys()
    assert sharp["frechet_samples"] != found["frechet"]["samples"]
    assert sharp["frechet_reconstructions"] != found["frechet"]["reconstructions"]
    # The mean renderer judged in the same way gets the very figures of the report.
    model, network = load_model(run), load_classifier(CLASSIFIER)
    batches = PictureBatches(faces.pictures, faces.rows("validation"), CPU)
    mean = renderer_figures(model.decode, batches, torch.from_numpy(codes.mean), network)
    assert mean["frechet_reconstructions"] == found["frechet"]["reconstructions"]
    assert mean["psnr_db"] == pytest.approx(found["psnr_mean_db"])
    assert mean["ssim"] == pytest.approx(found["ssim_mean"])
    assert mean["sharpness"] == pytest.approx(found["sharpness_mean"])
