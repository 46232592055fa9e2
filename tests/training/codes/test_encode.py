"""Encoding: every picture's posterior, in the order of the table, with CelebA's labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from data import ATTRIBUTES
from data.prepared import Prepared
from training.codes.encode import encode, posteriors
from training.model.config import ConfigError, ModelConfig
from training.model.networks import build
from training.run.latents import load_latents
from training.run.run_folder import (
    load_model,
    read_config,
    weights_key,
    write_config,
    write_weights,
)

CPU = torch.device("cpu")


def test_codes_are_the_posteriors_of_the_pictures_one_by_one(
    run: Path, faces: Prepared, monkeypatch
):
    monkeypatch.setattr("training.codes.encode.BATCH", 40)  # 96 pictures: two batches and a part
    latents = encode(run, faces, CPU, steps=0)
    model = load_model(run)
    for row, picture in enumerate(faces.pictures):
        x = torch.tensor(picture / 255, dtype=torch.float32).permute(2, 0, 1)
        mean, logvar = model.posterior(x[None])
        np.testing.assert_allclose(latents.mean[row], mean[0], atol=1e-5)
        np.testing.assert_allclose(latents.logvar[row], logvar[0], atol=1e-5)
        error = ((model.decode(mean)[0] - x) ** 2).mean()
        np.testing.assert_allclose(latents.error[row], error, rtol=1e-4)


def test_ids_partitions_and_labels_are_those_of_the_table(run: Path, faces: Prepared):
    latents = encode(run, faces, CPU)
    assert latents.ids.tolist() == faces.table["id"].tolist()
    assert latents.partition.tolist() == faces.table["partition"].tolist()
    assert latents.attributes.tolist() == list(ATTRIBUTES)
    for attribute in ATTRIBUTES:
        assert latents.label(attribute).tolist() == faces.table[attribute].tolist()
    assert latents.identity.tolist() == faces.table["identity"].tolist()
    assert latents.label_source == "celeba"


def test_what_is_returned_is_what_is_written_with_both_keys(run: Path, faces: Prepared, capsys):
    latents = encode(run, faces, CPU)
    written = load_latents(run)
    for name, value in vars(latents).items():
        np.testing.assert_array_equal(getattr(written, name), value, err_msg=name)
    assert (latents.weights, latents.data) == (weights_key(run), faces.fingerprint)
    told = "encoded 96 pictures (77 train, 10 validation, 9 test), codes refined by 5 steps\n"
    assert capsys.readouterr().out == told


def test_some_rows_can_be_encoded_alone(run: Path, faces: Prepared):
    every = posteriors(load_model(run), faces, np.arange(96))
    some = posteriors(load_model(run), faces, np.array([50, 3]))
    for one, other in zip(some, every, strict=True):
        np.testing.assert_allclose(one, other[[50, 3]], atol=1e-5)


def test_the_codes_of_an_hourglass_are_points(run: Path, faces: Prepared, tiny: ModelConfig):
    hourglass = replace(tiny, kind="ae")
    write_config(run, replace(read_config(run), model=hourglass))
    write_weights(run, build(hourglass))
    latents = encode(run, faces, CPU)
    assert (latents.logvar == -np.inf).all()
    assert load_latents(run).mean.shape == (96, 8)


def test_pictures_of_another_size_are_refused_and_nothing_is_written(
    run: Path, drawn_prepared: Prepared
):
    with pytest.raises(ConfigError) as caught:
        encode(run, drawn_prepared, CPU)
    assert str(caught.value) == (
        "expected pictures of the model's size, 16; found size 64 in "
        f"{drawn_prepared.root}; prepare them with --size 16"
    )
    assert not (run / "latents.npz").exists()


def test_steps_fit_the_codes_to_their_pictures(run: Path, faces: Prepared, capsys):
    guess, refined = encode(run, faces, CPU, steps=0), encode(run, faces, CPU, steps=4)
    assert (guess.refine_steps, refined.refine_steps) == (0, 4)
    assert load_latents(run).refine_steps == 4
    assert refined.error.mean() < guess.error.mean()
    np.testing.assert_array_equal(refined.logvar, guess.logvar)
    told = capsys.readouterr().out.splitlines()
    assert "refined" not in told[0]
    assert told[1] == f"{told[0]}, codes refined by 4 steps"


def test_steps_below_none_are_refused(run: Path, faces: Prepared):
    with pytest.raises(ConfigError, match=r"^expected --steps at least 0; found -1$"):
        encode(run, faces, CPU, steps=-1)
