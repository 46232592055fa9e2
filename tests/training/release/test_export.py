"""The export: onnxruntime computes what torch does, for batches of any size."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from training.__main__ import main
from training.model.config import ModelConfig
from training.model.networks import build
from training.release.export import GRADIENT, SHARP, WRITTEN, export
from training.run.run_folder import RunError, load_model, read_config, write_config, write_weights
from training.run.sharp import SharpDecoder, load_sharp, save_sharp

onnxruntime = pytest.importorskip("onnxruntime")
RNG = np.random.default_rng(0)


def test_the_command_writes_networks_that_compute_what_torch_does(
    run: Path, tmp_path: Path, capsys
):
    out = tmp_path / "out"
    assert main(["export", str(run), "--out", str(out)]) == 0
    assert "decoder.onnx differs from torch by at most" in capsys.readouterr().out
    assert {p.name for p in out.iterdir()} == {*WRITTEN, GRADIENT}
    model = load_model(run)
    encoder, decoder = (
        onnxruntime.InferenceSession(str(out / f"{name}.onnx")) for name in ("encoder", "decoder")
    )
    for count in (1, 7):
        z = RNG.standard_normal((count, 8)).astype(np.float32)
        x = RNG.random((count, 3, 16, 16)).astype(np.float32)
        (picture,) = decoder.run(["picture"], {"z": z})
        np.testing.assert_allclose(picture, model.decode(torch.from_numpy(z)), atol=1e-4)
        mean, logvar = encoder.run(["mean", "logvar"], {"picture": x})
        expected = model.posterior(torch.from_numpy(x))
        np.testing.assert_allclose(mean, expected.mean, atol=1e-4)
        np.testing.assert_allclose(logvar, expected.logvar, atol=1e-4)
    assert load_file(out / "model.safetensors").keys() == model.state_dict().keys()
    assert json.loads((out / "config.json").read_text())["model"]["latent"] == 8

    card = (out / "README.md").read_text()
    assert "license: other" in card.split("---")[1]
    assert "standard_normal((1, 8), np.float32)" in card


def test_a_sharp_renderer_is_exported_beside_the_mean(run: Path, tmp_path: Path):
    sharp, out = SharpDecoder(read_config(run).model, (8, 8), 1), tmp_path / "out"
    save_sharp(run, sharp, {})
    assert export(run, out)["sharp"] <= 1e-4
    assert {p.name for p in out.iterdir()} == {*WRITTEN, SHARP, GRADIENT}
    session = onnxruntime.InferenceSession(str(out / SHARP))
    for count in (1, 7):
        z = RNG.standard_normal((count, 8)).astype(np.float32)
        (picture,) = session.run(["picture"], {"z": z})
        expected = load_sharp(run).network(torch.from_numpy(z))
        np.testing.assert_allclose(picture, expected, atol=1e-4)
    assert "`sharp.onnx` takes the same codes" in (out / "README.md").read_text()
    (run / "sharp.safetensors").unlink()
    export(run, out)  # what is there of the other run goes
    assert {p.name for p in out.iterdir()} == {*WRITTEN, GRADIENT}
    assert "sharp" not in (out / "README.md").read_text()


def test_an_hourglass_has_no_log_variance(run: Path, tmp_path: Path, tiny: ModelConfig):
    hourglass = replace(tiny, kind="ae", likelihood="logistic-mixture")
    write_config(run, replace(read_config(run), model=hourglass))
    write_weights(run, build(hourglass))
    export(run, tmp_path / "out")
    encoder = onnxruntime.InferenceSession(str(tmp_path / "out" / "encoder.onnx"))
    assert [output.name for output in encoder.get_outputs()] == ["mean"]
    assert (tmp_path / "out" / GRADIENT).is_file()  # compared with torch before it was written


def test_a_folder_with_something_else_is_left_alone(run: Path, tmp_path: Path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunError, match=r"found: run, thesis\.tex in it\nnext: name another --out"):
        export(run, tmp_path)


def test_networks_that_compute_otherwise_are_not_written(run: Path, tmp_path: Path, monkeypatch):
    right = load_model(run)
    with torch.no_grad():
        right.decoder.stem.bias.add_(0.01)
    monkeypatch.setattr("training.release.export.load_model", lambda run: right)
    with pytest.raises(RunError, match=r"a difference of .* in decoder\.onnx"):
        export(run, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
