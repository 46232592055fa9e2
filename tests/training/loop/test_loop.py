"""Training: it learns, it can be interrupted, and it stops with a reason when it must."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tqdm import tqdm

from data.prepared import Prepared
from training.compute.batches import PictureBatches
from training.loop.loop import fit
from training.model.config import ConfigError, ModelConfig, TrainingConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import build
from training.optimization.divergence import Diverged
from training.run.run_folder import (
    CHECKPOINT,
    CONFIG,
    METRICS,
    WEIGHTS,
    RunError,
    load_model,
    read_config,
    weights_key,
    write_weights,
)

CPU = torch.device("cpu")
SHORT = TrainingConfig(epochs=3, batch=16)  # 12 steps, 4 of them an epoch
KEYS = {
    *("step", "epoch", "loss", "distortion", "rate", "elbo", "bits_per_dim", "mse", "mae", "psnr"),
    *("beta", "gradient_norm", "learning_rate", "pictures_per_s"),
}


def metrics(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / METRICS).read_text().splitlines()]


def snapshot(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.iterdir()}


def assert_same_tensors(one: Path, other: Path) -> None:
    ours, theirs = load_file(one), load_file(other)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_training_lowers_the_loss_and_tells_faces_it_never_saw_apart(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, kind: str
):
    model = replace(tiny, kind=kind)
    training = TrainingConfig(epochs=30, batch=16, learning_rate=1e-2, ema=0.9)
    fit(faces, tmp_path, model, training, device=CPU, stop_after=1)
    fit(faces, tmp_path, model, training, device=CPU, resume=True)
    first, *_, last = metrics(tmp_path)
    assert last["mse"] < first["mse"] / 3
    assert last["loss"] < first["loss"]
    assert last["elbo"] > first["elbo"]

    new = PictureBatches(faces.pictures, faces.rows("validation"), CPU).batch(torch.arange(10))
    seen = PictureBatches(faces.pictures, faces.rows("train"), CPU).batch(torch.arange(77))
    averaged = load_model(tmp_path)
    error = (averaged.decode(averaged.posterior(new).mean) - new).square().mean()
    error_of_the_mean_face = (seen.mean(0) - new).square().mean()
    assert error < error_of_the_mean_face / 2


def test_an_interrupted_and_resumed_run_is_the_uninterrupted_one_bit_for_bit(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    fit(faces, whole, tiny, SHORT, device=CPU)
    fit(faces, parts, tiny, SHORT, device=CPU, stop_after=5)
    fit(faces, parts, tiny, SHORT, device=CPU, stop_after=3, resume=True)
    fit(faces, parts, tiny, SHORT, device=CPU, resume=True)

    assert_same_tensors(whole / CHECKPOINT, parts / CHECKPOINT)
    assert_same_tensors(whole / WEIGHTS, parts / WEIGHTS)
    assert [line["step"] for line in metrics(parts)] == [5, 8, 12]
    speed = {"pictures_per_s": 0.0}
    assert metrics(whole)[-1] | speed == metrics(parts)[-1] | speed


def test_the_seed_decides_the_weights(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        options = replace(SHORT, seed=seed)
        fit(faces, tmp_path / name, tiny, options, device=CPU, stop_after=2)
    assert_same_tensors(tmp_path / "one" / WEIGHTS, tmp_path / "same" / WEIGHTS)
    one, other = (load_file(tmp_path / name / WEIGHTS) for name in ("one", "other"))
    assert not torch.equal(one["decoder.stem.weight"], other["decoder.stem.weight"])


def test_weights_in_another_memory_order_take_the_same_steps(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, monkeypatch
):
    """Devices differ in the order that they train fastest in."""
    monkeypatch.setattr("training.loop.steps.bfloat16_helps", lambda device: False)
    written = []
    for order in (torch.contiguous_format, torch.channels_last):
        monkeypatch.setattr("training.loop.steps.training_order", lambda device, order=order: order)
        run = tmp_path / str(order)
        fit(faces, run, tiny, SHORT, device=CPU, stop_after=4)
        written.append(metrics(run)[-1])
    for name in ("mse", "rate", "gradient_norm"):
        assert written[0][name] == pytest.approx(written[1][name], rel=1e-4), name


def test_resuming_a_finished_run_changes_nothing(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU)
    before = snapshot(tmp_path)
    fit(faces, tmp_path, tiny, SHORT, device=CPU, resume=True)
    assert snapshot(tmp_path) == before


def test_lines_logged_after_the_checkpoint_are_logged_once(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=5)
    logged_later = metrics(tmp_path)[0] | {"step": 9}
    with (tmp_path / METRICS).open("a") as file:
        file.write(json.dumps(logged_later) + '\n{"loss": -12')  # killed while it wrote
    fit(faces, tmp_path, tiny, SHORT, device=CPU, resume=True)
    assert [line["step"] for line in metrics(tmp_path)] == [5, 12]


def test_only_the_train_partition_is_learned_from(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    held_out = np.concatenate([faces.rows("validation"), faces.rows("test")])
    inverted = np.array(faces.pictures)
    inverted[held_out] = 255 - inverted[held_out]
    for name, pictures in (("one", faces.pictures), ("other", inverted)):
        data = replace(faces, pictures=pictures)
        fit(data, tmp_path / name, tiny, SHORT, device=CPU)
    assert_same_tensors(tmp_path / "one" / WEIGHTS, tmp_path / "other" / WEIGHTS)


def test_the_averaged_weights_follow_the_trained_ones(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=1)
    torch.manual_seed(SHORT.seed)
    start = build(tiny).state_dict()
    after = load_file(tmp_path / CHECKPOINT)
    written = load_file(tmp_path / WEIGHTS)
    # The first decay is 1/10, so that the average forgets where it started.
    for name in dict(build(tiny).named_parameters()):
        expected = 0.1 * start[name] + 0.9 * after[f"model.{name}"]
        torch.testing.assert_close(written[name], expected)
        assert torch.equal(written[name], after[f"average.{name}"])
    moved = after["model.decoder.stem.weight"] - start["decoder.stem.weight"]
    assert moved.abs().max() > 0


def test_optimal_sigma_follows_the_running_squared_error(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    for resume in (False, True, True):
        fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=1, resume=resume)
    mean_error = np.mean([line["mse"] for line in metrics(tmp_path)])
    found = load_file(tmp_path / CHECKPOINT)
    assert torch.exp(2 * found["model.log_sigma"]).item() == pytest.approx(mean_error, rel=1e-5)
    assert found["average.log_sigma"] == found["model.log_sigma"]
    assert load_model(tmp_path).log_sigma == found["model.log_sigma"]


@pytest.mark.parametrize("likelihood", LIKELIHOODS[2:])
def test_every_likelihood_learns(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, likelihood: str
):
    model = replace(tiny, likelihood=likelihood)
    training = TrainingConfig(epochs=20, batch=16, learning_rate=2e-2, ema=0.9)
    fit(faces, tmp_path, model, training, device=CPU, stop_after=2)
    fit(faces, tmp_path, model, training, device=CPU, resume=True)
    first, *_, last = metrics(tmp_path)
    assert last["mse"] < 0.65 * first["mse"]
    assert last["bits_per_dim"] < first["bits_per_dim"]
    if likelihood == "laplace":  # follows the running absolute error
        assert load_model(tmp_path).log_sigma.exp() == pytest.approx(last["mae"], rel=0.4)


def test_beta_rises_during_the_warm_up(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    training = replace(SHORT, beta=2.0, warm_up=2.0, free_bits=0.5)
    for resume in (False, True, True):  # 4 steps an epoch
        fit(faces, tmp_path, tiny, training, device=CPU, stop_after=4, resume=resume)
    told = metrics(tmp_path)
    assert [line["beta"] for line in told] == [1.0, 2.0, 2.0]
    for line in told:
        paid = (line["loss"] - line["distortion"]) / line["beta"]
        free = 8 * 0.5 * np.log(2)  # nats
        assert max(line["rate"], free) - 1e-3 <= paid <= line["rate"] + free


def test_fixed_sigma_stays(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    model = replace(tiny, likelihood="fixed", sigma=0.25)
    fit(faces, tmp_path, model, SHORT, device=CPU, stop_after=3)
    assert load_model(tmp_path).log_sigma.exp().item() == pytest.approx(0.25)


@pytest.mark.parametrize("epochs", [1, 10, 11])
def test_the_shortest_runs_learn_too(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, epochs: int
):
    training = TrainingConfig(epochs=epochs, batch=77)  # one step an epoch
    fit(faces, tmp_path, tiny, training, device=CPU)
    assert metrics(tmp_path)[-1]["step"] == epochs
    assert metrics(tmp_path)[-1]["learning_rate"] > 1e-9
    torch.manual_seed(training.seed)
    fresh = build(tiny).decoder.stem.weight
    assert (load_model(tmp_path).decoder.stem.weight - fresh).abs().max() > 1e-5


def test_a_run_folder_holds_json_and_tensors_and_no_pickle(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU)
    read = {".json": json.loads, ".jsonl": lambda text: list(map(json.loads, text.splitlines()))}
    for path in tmp_path.iterdir():
        if path.suffix == ".safetensors":
            assert load_file(path)
        else:
            assert read[path.suffix](path.read_text())
    assert {path.name for path in tmp_path.iterdir()} == {CONFIG, WEIGHTS, CHECKPOINT, METRICS}


def test_a_run_folder_tells_how_it_came_about(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    fit(faces, tmp_path, tiny, SHORT, device=CPU)
    config = read_config(tmp_path)
    assert (config.model, config.training) == (tiny, SHORT)
    assert config.data == {"fingerprint": faces.fingerprint, "size": 16, "train_pictures": 77}
    (line,) = metrics(tmp_path)
    assert line.keys() == KEYS
    assert (line["step"], line["epoch"]) == (12, 3.0)
    assert line["elbo"] == pytest.approx(-line["distortion"] - line["rate"])
    assert line["psnr"] == pytest.approx(-10 * np.log10(line["mse"]))


def test_a_new_run_does_not_overwrite_an_old_one(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=1)
    before = snapshot(tmp_path)
    with pytest.raises(ConfigError) as caught:
        fit(faces, tmp_path, replace(tiny, kind="ae"), SHORT, device=CPU)
    assert str(caught.value) == (
        f"expected a new folder for --out; found a run in {tmp_path}; "
        "add --resume to continue it, or name another folder"
    )
    assert snapshot(tmp_path) == before


def test_a_run_is_resumed_with_its_own_options_only(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=1)
    before = snapshot(tmp_path)
    other_faces = replace(faces, fingerprint="f" * 16)
    cases = [
        (faces, replace(tiny, latent=9), SHORT, "model", "latent 8 -> 9"),
        (faces, tiny, replace(SHORT, beta=2.0, seed=1), "training", "beta 1.0 -> 2.0, seed 0 -> 1"),
        (other_faces, tiny, SHORT, "data", f"fingerprint {faces.fingerprint} -> {'f' * 16}"),
    ]
    for data, model, training, name, differing in cases:
        with pytest.raises(ConfigError) as caught:
            fit(data, tmp_path, model, training, device=CPU, resume=True)
        assert str(caught.value) == (
            f"expected the same {name} options as the run in {tmp_path}; found {differing}"
        )
    assert snapshot(tmp_path) == before


def test_there_must_be_something_to_resume(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    with pytest.raises(RunError, match=f"expected: a run folder at {tmp_path / 'none'}"):
        fit(faces, tmp_path / "none", tiny, SHORT, device=CPU, resume=True)

    fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=1)
    (tmp_path / CHECKPOINT).unlink()
    with pytest.raises(RunError) as caught:
        fit(faces, tmp_path, tiny, SHORT, device=CPU, resume=True)
    assert str(caught.value) == (
        f"expected: {CHECKPOINT} in {tmp_path}\n"
        "found: a trained model without one, as publish leaves it\n"
        f"next: train on from its weights: --start {tmp_path}, into another --out"
    )


@pytest.mark.parametrize("left", [(CONFIG,), (CONFIG, METRICS), (CONFIG, METRICS, CHECKPOINT)])
def test_a_run_stopped_before_its_first_steps_were_kept_is_resumed(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, left: tuple[str, ...]
):
    """A checkpoint is written at once; folders of before that was so have none."""
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    fit(faces, whole, tiny, SHORT, device=CPU)
    fit(faces, stopped, tiny, SHORT, device=CPU, stop_after=0)
    assert {path.name for path in stopped.iterdir()} == {CONFIG, METRICS, CHECKPOINT}
    for path in stopped.iterdir():
        if path.name not in left:
            path.unlink()
    fit(faces, stopped, tiny, SHORT, device=CPU, resume=True)
    assert_same_tensors(whole / WEIGHTS, stopped / WEIGHTS)


@pytest.mark.parametrize("damage", ["none", "old", "flipped"])
def test_resuming_a_finished_run_brings_back_its_weights(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, damage: str
):
    """Other weights than the checkpoint's are what a kill or a full disk between the two leaves."""
    fit(faces, tmp_path, tiny, SHORT, device=CPU)
    whole = (tmp_path / WEIGHTS).read_bytes()
    damaged = {"none": None, "old": build(tiny), "flipped": whole[:-9] + b"~" + whole[-8:]}[damage]
    if isinstance(damaged, bytes):
        (tmp_path / WEIGHTS).write_bytes(damaged)
    elif damaged is None:
        (tmp_path / WEIGHTS).unlink()
    else:
        write_weights(tmp_path, damaged)
    fit(faces, tmp_path, tiny, SHORT, device=CPU, resume=True)
    assert (tmp_path / WEIGHTS).read_bytes() == whole


def test_a_damaged_checkpoint_is_refused_with_the_reason(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    fit(faces, tmp_path, tiny, SHORT, device=CPU, stop_after=1)
    cut_short = (tmp_path / CHECKPOINT).read_bytes()[:-1]
    weights_only = (tmp_path / WEIGHTS).read_bytes()
    anew = "start without --resume, into another folder"
    flipped = bytearray((tmp_path / CHECKPOINT).read_bytes())
    flipped[-100] ^= 1
    copy = f"copy it again from where it is whole, or {anew}"
    for content, found, remedy in (
        (cut_short, "incomplete metadata", copy),
        (bytes(flipped), "its checksum differs", copy),
        (weights_only, "no entry 'step'", anew),
    ):
        (tmp_path / CHECKPOINT).write_bytes(content)
        with pytest.raises(RunError) as caught:
            fit(faces, tmp_path, tiny, SHORT, device=CPU, resume=True)
        assert caught.value.expected == f"a checkpoint of this network in {tmp_path / CHECKPOINT}"
        assert found in caught.value.found
        assert caught.value.next == remedy


def test_a_diverging_run_stops_and_leaves_the_checkpoint_before_it(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    absurd = replace(SHORT, learning_rate=1e30)
    fit(faces, tmp_path, tiny, absurd, device=CPU, stop_after=1)
    before = snapshot(tmp_path)
    with pytest.raises(Diverged) as caught:
        fit(faces, tmp_path, tiny, absurd, device=CPU, resume=True)
    assert str(caught.value) == (
        "expected a finite loss; found nan (gradient norm nan) at step 12; a checkpoint in "
        f"{tmp_path} is from before: start anew, into another --out, with a smaller "
        "--learning-rate or --clip"
    )
    assert snapshot(tmp_path) == before


def test_a_batch_larger_than_the_train_partition_is_refused(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    message = "^expected --batch of at most 77, the number of training pictures; found 78$"
    with pytest.raises(ConfigError, match=message):
        fit(faces, tmp_path / "run", tiny, replace(SHORT, batch=78), device=CPU)
    assert not (tmp_path / "run").exists()


def test_pictures_of_another_size_are_refused(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    with pytest.raises(ConfigError) as caught:
        fit(faces, tmp_path / "run", replace(tiny, size=32), SHORT, device=CPU)
    assert str(caught.value) == (
        f"expected --size 16, the size of the pictures in {faces.root}; found 32"
    )
    assert not (tmp_path / "run").exists()


def limited(megabytes_written: float, faces: Prepared, run: Path, *more: str) -> tuple[int, str]:
    """`fit` of a small network in a process of its own that cannot write larger files than that."""
    options = ["--data", str(faces.root), "--out", str(run), "--device", "cpu", "--size", "16"]
    options += ["--latent", "8", "--widths", "8", "16", "--batch", "16", "--epochs", "26", *more]
    command = (
        "import resource, sys; from training.__main__ import main; "
        f"limit = int({megabytes_written} * 2**20); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)); "
        f"sys.exit(main(['fit', *{options!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    return done.returncode, done.stderr


def test_a_full_disk_leaves_the_checkpoint_and_says_what_to_do(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    training = TrainingConfig(epochs=26, batch=16)
    fit(faces, tmp_path, tiny, training, device=CPU, stop_after=5)
    before = (tmp_path / CHECKPOINT).read_bytes()
    code, told = limited(0.02, faces, tmp_path, "--resume", "--checkpoint-minutes", "0")
    assert code == 2
    assert told.endswith(
        f"expected: to write into {tmp_path}\n"
        "found: File too large; the last checkpoint is whole\n"
        "next: make room, then continue with --resume\n"
    )
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_removed_folder_is_told(tmp_path: Path, faces: Prepared, tiny: ModelConfig, monkeypatch):
    run = tmp_path / "run"

    class Removing(tqdm):
        def update(self, n=1):
            shutil.rmtree(run)

    monkeypatch.setattr("training.loop.loop.tqdm", Removing)
    with pytest.raises(RunError, match=r"config.json is gone, removed during training; no run"):
        fit(faces, run, tiny, SHORT, device=CPU, stop_after=1)
    assert not run.exists()


def test_a_killed_run_resumes_to_the_same_weights(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    training = TrainingConfig(epochs=26, batch=16)  # 104 steps
    fit(faces, whole, tiny, training, device=CPU)

    options = ["--data", str(faces.root), "--out", str(killed), "--device", "cpu", "--size", "16"]
    options += ["--latent", "8", "--widths", "8", "16", "--batch", "16", "--epochs", "26"]
    command = [sys.executable, "-m", "training", "fit", *options, "--checkpoint-minutes", "0"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as child:
        while not (killed / CHECKPOINT).is_file() and child.poll() is None:
            time.sleep(0.002)
        child.kill()
    (killed / f".{CHECKPOINT}.1.tmp").write_bytes(b"half")
    fit(faces, killed, tiny, training, device=CPU, resume=True)
    assert len(metrics(killed)) > 1  # it did not start anew
    assert_same_tensors(whole / WEIGHTS, killed / WEIGHTS)
    assert_same_tensors(whole / CHECKPOINT, killed / CHECKPOINT)
    assert not list(killed.glob(".*.tmp"))


def test_tensorboard_gets_scalars_and_pictures(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    for resume in (False, True):
        options = {"stop_after": 6, "resume": resume, "tensorboard": True}
        fit(faces, tmp_path, tiny, SHORT, device=CPU, **options)
    found = events.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert {*found.Tags()["scalars"]} == KEYS - {"step"}
    logged = [(event.step, event.value) for event in found.Scalars("mse")]
    np.testing.assert_allclose(logged, [(line["step"], line["mse"]) for line in metrics(tmp_path)])
    assert {*found.Tags()["images"]} == {"reconstructions", "samples"}
    image = found.Images("reconstructions")[-1]
    assert (image.step, image.width, image.height) == (12, 10 * 18 + 2, 2 * 18 + 2)


def test_without_tensorboard_there_is_a_message(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, monkeypatch
):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match="found none; next: pip install tensorboard"):
        fit(faces, tmp_path, tiny, SHORT, device=CPU, tensorboard=True)


def test_a_run_begins_with_the_weights_of_another(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    before, after = tmp_path / "before", tmp_path / "after"
    trained = TrainingConfig(epochs=20, batch=16, learning_rate=1e-2, ema=0.5)
    fit(faces, before, tiny, trained, device=CPU)
    more = replace(trained, epochs=2, learning_rate=1e-6)
    fit(faces, after, replace(tiny, likelihood="laplace"), more, device=CPU, start=before)
    assert metrics(after)[0]["mse"] == pytest.approx(metrics(before)[-1]["mse"], rel=0.3)
    assert read_config(after).training.start == weights_key(before)
    ours, theirs = load_file(after / WEIGHTS), load_file(before / WEIGHTS)
    for name in ours.keys() - {"log_sigma"}:
        torch.testing.assert_close(ours[name], theirs[name], atol=1e-3, rtol=0)


def test_a_start_is_kept_in_resuming(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    fit(faces, tmp_path / "before", tiny, SHORT, device=CPU)
    for name, parts in (("whole", (None,)), ("parts", (5, None))):
        for k, steps in enumerate(parts):
            options = {"start": tmp_path / "before", "resume": k > 0, "stop_after": steps}
            fit(faces, tmp_path / name, tiny, SHORT, device=CPU, **options)
    assert_same_tensors(tmp_path / "whole" / WEIGHTS, tmp_path / "parts" / WEIGHTS)
    with pytest.raises(ConfigError, match=r"found start .* -> $"):
        fit(faces, tmp_path / "parts", tiny, SHORT, device=CPU, resume=True)


def test_another_network_is_no_start(tmp_path: Path, faces: Prepared, tiny: ModelConfig):
    fit(faces, tmp_path / "before", tiny, SHORT, device=CPU)
    for other, told in (
        ({"kind": "ae"}, "kind ae; found kind vae in"),
        ({"latent": 5}, "latent 5; found latent 8 in"),
        ({"likelihood": "learned"}, "numbers per value 2; found numbers per value 1 in"),
    ):
        new = tmp_path / "new"
        with pytest.raises(ConfigError, match=f"run of the same network, {told}"):
            fit(faces, new, replace(tiny, **other), SHORT, device=CPU, start=tmp_path / "before")
        assert not new.exists()
    fewer = replace(tiny, encoder_blocks=(0, 0))
    with pytest.raises(ConfigError, match=r"at most 0 0 residual blocks in the encoder.*found 1 1"):
        fit(faces, tmp_path / "new", fewer, SHORT, device=CPU, start=tmp_path / "before")


def test_a_larger_network_begins_with_the_weights_of_a_smaller_one(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig
):
    before, after = tmp_path / "before", tmp_path / "after"
    fit(faces, before, tiny, SHORT, device=CPU)
    still = TrainingConfig(epochs=1, batch=16, learning_rate=1e-9, weight_decay=0, ema=0)
    fit(faces, after, replace(tiny, encoder_blocks=(1, 2)), still, device=CPU, start=before)
    x = torch.rand(2, 3, tiny.size, tiny.size)
    one, other = (load_model(run).posterior(x).mean for run in (before, after))
    torch.testing.assert_close(other, one, atol=1e-3, rtol=0)
