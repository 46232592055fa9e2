"""A run of grey pictures that are no faces: the network, what its folder says, what is refused."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from data.schema import SCHEMA, read_schema
from training.__main__ import main
from training.compute.batches import PictureBatches
from training.compute.processes import Processes
from training.loop.steps import Trainer
from training.model.config import ModelConfig, TrainingConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import build
from training.run.latents import load_latents
from training.run.run_folder import own_report, read_config


def test_the_run_carries_the_schema_and_the_labels(digits_run: Path, digits_prepared: Prepared):
    assert read_schema(digits_run) == digits_prepared.schema
    latents = load_latents(digits_run)
    assert latents.attributes.tolist() == [f"digit_{k}" for k in range(10)]
    np.testing.assert_array_equal(latents.labels, digits_prepared.labels)
    assert latents.label_source == "table"
    assert latents.annotated


def test_a_run_of_celeba_has_no_schema_of_its_own(drawn_run: Path):
    assert not (drawn_run / SCHEMA).exists()


def test_the_network_has_one_channel_and_counts_every_value_once(digits_run: Path):
    config = read_config(digits_run).model
    assert (config.channels, config.values) == (1, 32 * 32)
    report = own_report(digits_run)
    nats = report["rate_nats"] + report["distortion_nats"]
    assert report["elbo_nats"] == pytest.approx(-nats)
    assert report["frechet"] is None
    assert report["probes"]["auc"].keys() == {f"digit_{k}" for k in range(10)}
    assert "disentanglement" not in report


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_likelihood_speaks_of_one_channel(name: str):
    config = ModelConfig(size=16, latent=3, widths=(8, 8), likelihood=name, channels=1)
    model = build(config).eval()
    p, x = model.output(torch.zeros(2, 3)), torch.rand(2, 1, 16, 16)
    assert p.mean.shape == p.log_density(x).shape == p.log_probability(x).shape == x.shape
    assert model.posterior(x).mean.shape == (2, 3)
    assert math.isfinite(float(p.log_density(x).sum()))


@pytest.mark.parametrize("mirror", [True, False])
def test_pictures_are_mirrored_only_where_that_makes_no_other_picture(mirror: bool):
    config = ModelConfig(size=16, latent=2, widths=(8, 8), channels=1)
    device = torch.device("cpu")
    pictures = PictureBatches(np.zeros((16, 16, 16, 1), np.uint8), np.arange(16), device)
    trainer = Trainer(pictures, config, TrainingConfig(), 2, Processes(device), mirror)
    assert bool(trainer.given(0, torch.arange(16), 1.0).mirrored.any()) is mirror


@pytest.mark.parametrize("command", ["sharpen", "classify", "judges"])
def test_what_needs_faces_is_refused(command: str, digits_run, digits_prepared, tmp_path, capsys):
    data = ["--data", str(digits_prepared.root)]
    given = {
        "sharpen": [str(digits_run), *data],
        "classify": [*data, "--run", str(digits_run), "--out", str(tmp_path / "c.safetensors")],
        "judges": [*data, "--set", "a", "--out", str(tmp_path / "judges")],
    }[command]
    assert main([command, *given]) == 2
    assert "found: pictures of digits" in capsys.readouterr().err


def test_pictures_of_other_colours_are_refused(
    digits_run: Path, drawn_many: Prepared, tmp_path: Path, capsys
):
    """CelebA's faces at 32x32 for a network of grey digits."""
    from data.celeba import read_celeba
    from data.prepare import prepare

    celeba = read_celeba(drawn_many.root.parent / "celeba")
    colours = prepare(celeba, tmp_path / "celeba32", 32, workers=1)
    assert main(["encode", str(digits_run), "--data", str(colours.root), "--device", "cpu"]) == 2
    assert "expected pictures of 1 channels" in capsys.readouterr().err


def test_a_run_is_published_with_its_schema(digits_run: Path, tmp_path: Path):
    assert main(["publish", str(digits_run), "--out", str(tmp_path / "share")]) == 0
    assert read_schema(tmp_path / "share") == read_schema(digits_run)
    found = load_latents(tmp_path / "share")
    assert not found.annotated
    assert json.loads((tmp_path / "share" / SCHEMA).read_text())["one"] == "digit"
