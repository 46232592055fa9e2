"""Last layers for every likelihood of one decoder, on the drawn faces."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from tests.training.compute.tape import META, step_elsewhere, taped, watched
from training.__main__ import main
from training.compute.batches import PictureBatches
from training.loop.last_layers import (
    LastLayers,
    fit_last_layers,
    given,
    likelihood_figures,
    loss_of,
)
from training.model.likelihoods import LIKELIHOODS
from training.release.publish import publish
from training.run.files import read_npz, write_npz
from training.run.last_layers_file import OutputLayers, read_last_layers
from training.run.run_folder import LAST_LAYERS, RunError, load_model

CPU = torch.device("cpu")


@pytest.fixture(autouse=True, scope="module")
def _few_pictures_in_a_step():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.loop.last_layers.BATCH", 8)
        yield


@pytest.fixture(scope="module")
def run(drawn_run: Path, drawn_many: Prepared, tmp_path_factory) -> Path:
    """The drawn run with layers, made by the command."""
    run = shutil.copytree(drawn_run, tmp_path_factory.mktemp("layers") / "run")
    assert main(["layers", str(run), "--data", str(drawn_many.root), "--steps", "16"]) == 0
    return run


def test_layers_learn_and_are_the_same_again(drawn_run: Path, drawn_many: Prepared):
    model = load_model(drawn_run)
    pictures = PictureBatches(drawn_many.pictures, drawn_many.rows("train")[:64], CPU)
    few, more, again = (
        fit_last_layers(model, pictures, steps, seed=0, quiet=True) for steps in (2, 14, 14)
    )
    before, after = (likelihood_figures(model, layers, pictures, seed=0) for layers in (few, more))
    assert tuple(after["bits_per_dim"]) == LIKELIHOODS
    for name, bits in after["bits_per_dim"].items():
        assert bits < before["bits_per_dim"][name], name
    for one, other in zip(more.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("recorded", [taped, watched])
def test_the_recorded_training_is_the_plain_one(
    drawn_run: Path, drawn_many: Prepared, recorded, monkeypatch
):
    monkeypatch.setattr("training.loop.last_layers.BATCH", 4)
    model = load_model(drawn_run)
    pictures = PictureBatches(drawn_many.pictures, drawn_many.rows("train")[:64], CPU)
    plain, other = (
        fit_last_layers(model, pictures, 8, seed=0, quiet=True, **more).state_dict()
        for more in ({}, {"recorded": recorded})
    )
    for name, value in plain.items():
        assert torch.equal(value, other[name]), name


def test_all_that_a_step_takes_is_on_the_device(drawn_run: Path, drawn_many: Prepared):
    model = load_model(drawn_run).to(META)
    pictures = PictureBatches(drawn_many.pictures, drawn_many.rows("train")[:64], META)
    layers = LastLayers(model.config.widths[0]).to(META)
    step_elsewhere(layers, loss_of(model, layers, META), given(model, pictures, 0, 0))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_recorded_training_is_the_plain_one(drawn_run: Path, drawn_many: Prepared):
    device = torch.device("cuda")
    model = load_model(drawn_run, device)
    pictures = PictureBatches(drawn_many.pictures, drawn_many.rows("train")[:64], device)
    plain, recorded = (
        fit_last_layers(model, pictures, 12, seed=0, quiet=True, **more).state_dict()
        for more in ({"recorded": lambda device, step: step}, {})
    )
    for name, value in plain.items():
        torch.testing.assert_close(recorded[name], value, rtol=1e-2, atol=1e-2, msg=name)


def test_the_own_last_layer_has_the_figures_of_the_evaluation(
    drawn_run: Path, drawn_many: Prepared
):
    """With the run's own layer and sigma in place of "optimal", bits are those of evaluate."""
    model = load_model(drawn_run)
    layers = LastLayers(model.config.widths[0]).eval().requires_grad_(False)
    k = LIKELIHOODS.index("optimal")
    layers.layers[k].load_state_dict(model.decoder.levels[-2].state_dict())
    layers.log_scale[k] = model.log_sigma
    pictures = PictureBatches(drawn_many.pictures, drawn_many.rows("validation"), CPU)
    found = likelihood_figures(model, layers, pictures, seed=0)
    report = json.loads((drawn_run / "report.json").read_text())
    # By other draws of z.
    assert found["bits_per_dim"]["optimal"] == pytest.approx(report["bits_per_dim"], abs=0.02)
    assert found["pictures"] == report["pictures"]


def as_trained(read: OutputLayers) -> LastLayers:
    """What was read, as the module of torch that is measured while it is trained."""
    wide, channels = read.weights["fixed"].shape[:2]
    layers = LastLayers(channels, wide // 4)
    for k, name in enumerate(LIKELIHOODS):
        layers.layers[k].weight.data = torch.from_numpy(read.weights[name])
        layers.layers[k].bias.data = torch.from_numpy(read.biases[name])
        layers.log_scale[k] = float(read.log_scales[name])
    return layers.eval().requires_grad_(False)


def test_what_is_read_is_what_was_measured(run: Path, drawn_many: Prepared):
    layers, figures = read_last_layers(run)
    assert tuple(figures["bits_per_dim"]) == tuple(figures["psnr"]) == LIKELIHOODS
    assert figures["sigma"].shape == (64, 64)
    assert figures["trained_on"] == 256
    pictures = PictureBatches(drawn_many.pictures, drawn_many.rows("validation"), CPU)
    again = likelihood_figures(load_model(run), as_trained(layers), pictures, seed=0)
    assert again["bits_per_dim"] == pytest.approx(figures["bits_per_dim"], rel=1e-6)
    assert (np.diff(figures["calibration"][0]) > 0).all()


def test_layers_are_published_and_refused_with_other_weights(run: Path, tmp_path: Path):
    publish(run, tmp_path / "out")
    assert (tmp_path / "out" / LAST_LAYERS).read_bytes() == (run / LAST_LAYERS).read_bytes()
    other = shutil.copytree(tmp_path / "out", tmp_path / "other")
    weights = bytearray((other / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (other / "weights.safetensors").write_bytes(weights)
    with pytest.raises(RunError, match="python -m training layers"):
        read_last_layers(other)


def reordered(arrays: dict[str, np.ndarray], names: list[str]) -> dict[str, np.ndarray]:
    """What the file of these names in this order would hold."""
    order = [LIKELIHOODS.index(name) for name in names]
    made = {k: v for k, v in arrays.items() if not k.startswith("layers/layers.")}
    for name in ("layers/log_scale", "bits_per_dim", "psnr"):
        made[name] = arrays[name][order]
    for k, at in enumerate(order):
        for part in ("weight", "bias"):
            made[f"layers/layers.{k}.{part}"] = arrays[f"layers/layers.{at}.{part}"]
    return made | {"likelihoods": np.array(names)}


def test_layers_belong_to_the_likelihoods_that_the_file_names(run: Path, tmp_path: Path):
    other = shutil.copytree(run, tmp_path / "other")
    arrays = reordered(read_npz(run / LAST_LAYERS), sorted(LIKELIHOODS))
    write_npz(other / LAST_LAYERS, arrays)
    (layers, figures), (again, told) = read_last_layers(run), read_last_layers(other)
    assert (told["bits_per_dim"], told["psnr"]) == (figures["bits_per_dim"], figures["psnr"])
    for name in LIKELIHOODS:
        for part in ("weights", "biases", "log_scales"):
            np.testing.assert_array_equal(getattr(again, part)[name], getattr(layers, part)[name])


@pytest.mark.parametrize(
    "names", [LIKELIHOODS[:5], (*LIKELIHOODS[:5], "Student"), (*LIKELIHOODS, "Student")]
)
def test_layers_of_other_likelihoods_are_refused(run: Path, tmp_path: Path, names: tuple[str, ...]):
    other = shutil.copytree(run, tmp_path / "other")
    write_npz(other / LAST_LAYERS, read_npz(run / LAST_LAYERS) | {"likelihoods": np.array(names)})
    with pytest.raises(RunError) as caught:
        read_last_layers(other)
    assert caught.value.expected == (
        f"layers for {', '.join(LIKELIHOODS)} in {other / LAST_LAYERS}"
    )
    assert caught.value.found == f"layers for {', '.join(names)}"
    assert caught.value.next == f"python -m training layers {other} --data DIR"


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        ("likelihoods", "no entry 'likelihoods'"),
        ("psnr", "no entry 'psnr'"),
        ("layers/layers.5.bias", "no entry 'layers/layers.5.bias'"),
    ],
)
def test_layers_that_are_not_whole_are_refused(run: Path, tmp_path: Path, missing: str, found: str):
    other = shutil.copytree(run, tmp_path / "other")
    arrays = read_npz(run / LAST_LAYERS)
    del arrays[missing]
    write_npz(other / LAST_LAYERS, arrays)
    with pytest.raises(RunError) as caught:
        read_last_layers(other)
    assert caught.value.expected == f"whole layers in {other / LAST_LAYERS}"
    assert caught.value.found == found
