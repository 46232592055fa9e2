"""From somebody else's model to a run folder: the same codes and pictures, and nothing made up."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from data.errors import DataError
from data.json_text import read_json
from data.prepared import Prepared
from explorer.__main__ import main as explorer
from explorer.adapters import adopt
from explorer.adapters.fitting import some_pictures
from explorer.run.loaded import open_run
from tests.explorer.adapters.foreign import LATENT, ForeignVae, trained
from training.__main__ import main as training
from training.model.config import ConfigError
from training.run.latents import load_latents
from training.run.onnx_pair import read_pair
from training.run.run_folder import (
    CONFIG,
    DECODER,
    ENCODER,
    LATENTS,
    PAIR,
    REPORT,
    RunError,
    read_config,
    weights_key,
)


def test_networks_compute_what_torch_computes(
    adopted_run: Path, foreign: ForeignVae, drawn_many: Prepared
):
    pair, x = read_pair(adopted_run), some_pictures(drawn_many)
    foreign.eval()
    mean, logvar = (part.numpy() for part in foreign.encode(torch.from_numpy(x)))
    for found, expected in zip(pair.posterior(x), (mean, logvar), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    drawn = foreign.decode(torch.from_numpy(mean)).numpy()
    np.testing.assert_allclose(pair.decode(mean), drawn, atol=1e-5)


def test_the_run_has_what_any_run_has_but_what_needs_a_likelihood(adopted_run: Path):
    config, report = read_json(adopted_run / CONFIG), read_json(adopted_run / REPORT)
    assert config["model"] == {
        "kind": "vae", "size": 64, "latent": LATENT, "likelihood": "unknown", "channels": 3,
        "adopted": "a friend", "pixel_range": [0, 1],
    }  # fmt: skip
    assert config["training"] == config["data"] == {}
    unknown = {"sigma", "distortion_nats", "elbo_nats", "bits_per_dim", "importance_weighted"}
    assert {name for name in unknown if report[name] is not None} == set()
    assert report["rate_nats"] > 1
    assert report["weights"] == weights_key(adopted_run)
    assert load_latents(adopted_run).refine_steps == 0
    assert not list(adopted_run.glob("*.pkl"))


def test_the_key_is_of_both_networks(adopted_run: Path, tmp_path: Path):
    keys = {weights_key(adopted_run)}
    for k, name in enumerate(PAIR):
        run = shutil.copytree(adopted_run, tmp_path / str(k))
        with (run / name).open("ab") as file:
            file.write(b"\0")
        keys.add(weights_key(run))
        with pytest.raises(RunError, match=r"latents\.npz of other weights"):
            load_latents(run)
    assert len(keys) == 3


def test_it_opens_without_torch(adopted_run: Path):
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from pathlib import Path\n"
        "from explorer.run.loaded import open_run\n"
        "loaded = open_run(Path(sys.argv[1])); faces = loaded.run.faces\n"
        "drawn = loaded.renderer.decode(faces.mean[:2])\n"
        "print(drawn.shape, loaded.run.renderers, loaded.encoder.refined(drawn).shape)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(adopted_run)], capture_output=True, text=True
    )
    assert done.stdout == f"(2, 64, 64, 3) ('mean',) (2, {LATENT})\n", done.stderr


def test_own_photos_keep_the_guess(adopted_run: Path):
    encoder = open_run(adopted_run).encoder
    pictures = open_run(adopted_run).renderer.decode(np.zeros((2, LATENT), np.float32))
    np.testing.assert_array_equal(encoder.refined(pictures), encoder.encode(pictures))


def test_files_give_the_same_run(adopted_run: Path, drawn_many: Prepared, tmp_path: Path, capsys):
    data, out = ["--data", str(drawn_many.root)], tmp_path / "run"
    assert explorer(["adopt", str(adopted_run), *data, "--out", str(out)]) == 0
    assert f"adopted: EXPLORER_RUN={out} " in capsys.readouterr().out
    assert weights_key(out) == weights_key(adopted_run)
    assert read_config(out).model.adopted == f"the ONNX files in {adopted_run.name}"
    np.testing.assert_array_equal(load_latents(out).mean, load_latents(adopted_run).mean)
    files = [str(adopted_run / name) for name in PAIR]
    assert explorer(["adopt", *files, *data, "--out", str(out)]) == 0  # once more
    assert explorer(["adopt", *reversed(files), *data, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "expected: an encoder that takes pictures (B, 3, 64, 64) float32" in told
    assert "next: prepare the pictures as the model takes them" in told
    assert weights_key(out) == weights_key(adopted_run)


def test_encode_and_evaluate_make_its_files_anew(
    adopted_run: Path, drawn_many: Prepared, tmp_path: Path
):
    run = shutil.copytree(adopted_run, tmp_path / "run")
    (run / LATENTS).unlink()
    source = ["--data", str(drawn_many.root), "--device", "cpu"]
    assert training(["encode", str(run), *source]) == 0
    np.testing.assert_array_equal(load_latents(run).mean, load_latents(adopted_run).mean)
    before = read_json(run / REPORT)
    assert training(["evaluate", str(run), *source, "--samples", "40"]) == 0
    after = read_json(run / REPORT)
    assert set(after["frechet"]["samples"]) >= {"prior", "mixture"}
    assert after | {"frechet": None} == before


def test_a_plain_autoencoder_has_no_variance(
    foreign: ForeignVae, drawn_many: Prepared, tmp_path: Path
):
    run = adopt(
        lambda x: foreign.encode(x)[0], foreign.decode, data=drawn_many.root, out=tmp_path / "ae"
    )
    latents, report = load_latents(run), read_json(run / REPORT)
    assert read_config(run).model.kind == "ae"
    assert np.isneginf(latents.logvar).all()
    assert report["rate_nats"] == 0
    assert not (run / "samples.png").exists()


def test_pixels_from_minus_one_to_one(drawn_many: Prepared, tmp_path: Path, capsys):
    model, out = trained(drawn_many, signed=True), tmp_path / "signed"
    with pytest.raises(DataError) as caught:
        adopt(model.encode, model.decode, data=drawn_many.root, out=out)
    assert caught.value.expected.startswith("reconstructions as near as they can be")
    assert caught.value.found.endswith("dB with --pixel-range 0 1")
    assert caught.value.next == "adopt it with --pixel-range -1 1"
    assert not out.exists()
    adopt(model.encode, model.decode, data=drawn_many.root, out=out, pixel_range=(-1, 1))
    x = some_pictures(drawn_many)
    mean = model.encode(torch.from_numpy(2 * x - 1))[0]
    pair = read_pair(out)
    np.testing.assert_allclose(pair.posterior(x)[0], mean.numpy(), atol=1e-5 * mean.abs().max())
    drawn = (model.decode(mean).numpy() + 1) / 2
    np.testing.assert_allclose(pair.decode(mean.numpy()), drawn, atol=1e-5)
    with pytest.raises(ConfigError, match="--pixel-range as black and a larger white"):
        adopt(model.encode, model.decode, data=drawn_many.root, out=out, pixel_range=(1, 0))


def test_a_folder_that_holds_something_else_is_left_alone(
    foreign: ForeignVae, drawn_many: Prepared, drawn_run: Path
):
    before = {path.name for path in drawn_run.iterdir()}
    with pytest.raises(RunError, match=r"or one that was adopted before(.|\n)*weights.safetensors"):
        adopt(foreign.encode, foreign.decode, data=drawn_many.root, out=drawn_run)
    assert {path.name for path in drawn_run.iterdir()} == before


@pytest.mark.parametrize(
    "command",
    [
        ["training", "export", "RUN", "--out", "OUT"],
        ["training", "publish", "RUN", "--out", "OUT"],
        ["training", "sharpen", "RUN", "--data", "DATA"],
        ["training", "layers", "RUN", "--data", "DATA"],
        ["explorer", "site", "RUN", "--out", "OUT"],
    ],
    ids=lambda command: command[1],
)
def test_what_needs_weights_says_so(
    command: list[str], adopted_run: Path, drawn_many: Prepared, tmp_path: Path, capsys
):
    places = {"RUN": adopted_run, "OUT": tmp_path / "out", "DATA": drawn_many.root}
    room, *words = [str(places.get(word, word)) for word in command]
    assert {"training": training, "explorer": explorer}[room](words) == 2
    assert "found: one adopted from a friend\nnext: go on without" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_new_training_does_not_overwrite_it(adopted_run: Path, drawn_many: Prepared, capsys):
    given = ["--data", str(drawn_many.root), "--model", "vae", "--out", str(adopted_run)]
    assert training(["fit", *given, "--device", "cpu"]) == 2
    assert "found a run in" in capsys.readouterr().err


@pytest.mark.parametrize("name", PAIR)
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_network_names_the_command(
    name: str, damage: str, adopted_run: Path, tmp_path: Path
):
    run = shutil.copytree(adopted_run, tmp_path / "run")
    content = (run / name).read_bytes()
    (run / name).unlink() if damage == "gone" else (run / name).write_bytes(content[:300])
    with pytest.raises(RunError) as caught:
        open_run(run)
    assert name in caught.value.expected
    assert caught.value.next == f"python -m explorer adopt SOURCE --data DIR --out {run}"


def test_a_source_that_is_not_there(drawn_many: Prepared, tmp_path: Path, capsys):
    given = ["adopt", str(tmp_path / "none"), "--data", str(drawn_many.root)]
    assert explorer([*given, "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err == (
        f"expected: a network in {tmp_path / 'none' / ENCODER}\nfound: no such file\n"
        f"next: give a folder with {ENCODER} and {DECODER}, or two files\n"
    )
