"""Several processes make what one makes: the same loss, the same codes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.prepared import Prepared
from training.__main__ import main
from training.run.latents import load_latents
from training.run.run_folder import METRICS, WEIGHTS


def fit_options(faces: Prepared, run: Path, *more: str) -> list[str]:
    places = ["--data", str(faces.root), "--out", str(run), "--device", "cpu", "--size", "16"]
    return ["fit", *places, "--latent", "4", "--widths", "8", "16", "--batch", "16", *more]


def test_two_processes_reach_what_one_reaches(faces: Prepared, tmp_path: Path, capfd):
    one, two = tmp_path / "one", tmp_path / "two"
    # Free bits and the perceptual distance, so that all that is averaged over processes counts.
    options = ["--epochs", "4", "--free-bits", "0.02", "--perceptual", "20"]
    assert main(fit_options(faces, one, *options)) == 0
    capfd.readouterr()
    assert main(fit_options(faces, two, *options, "--processes", "2")) == 0
    assert capfd.readouterr().out.count("million parameters") == 1

    ours, theirs = (json.loads((run / METRICS).read_text().splitlines()[-1]) for run in (one, two))
    for name in ("mse", "bits_per_dim", "rate", "gradient_norm"):
        assert theirs[name] == pytest.approx(ours[name], rel=2e-3), name
    for name in ("loss", "distortion"):  # nats of 768 values, about 0 in the sum
        assert theirs[name] == pytest.approx(ours[name], abs=0.3), name
    data = ["--data", str(faces.root), "--device", "cpu"]
    assert main(["encode", str(one), *data]) == 0
    alone = load_latents(one)
    assert main(["encode", str(one), *data, "--processes", "2"]) == 0
    shared = load_latents(one)
    assert shared.ids.tolist() == alone.ids.tolist()
    np.testing.assert_allclose(shared.mean, alone.mean, atol=1e-5)
    np.testing.assert_allclose(shared.error, alone.error, atol=1e-5)


def test_a_batch_that_cannot_be_shared_is_refused(faces: Prepared, tmp_path: Path, capsys):
    options = fit_options(faces, tmp_path / "run", "--processes", "3", "--dry-run")
    assert main(options) == 2
    expected = "expected --batch a multiple of the 3 processes that share it; found 16\n"
    assert capsys.readouterr().err == expected
    assert main(fit_options(faces, tmp_path / "run", "--processes", "2", "--dry-run")) == 0
    assert "77 pictures on 2 times cpu" in capsys.readouterr().out


def test_what_another_launcher_started_is_not_started_again(monkeypatch, tmp_path: Path, capsys):
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert main(["encode", str(tmp_path), "--data", "x", "--processes", "2"]) == 2
    told = "expected no --processes beside torchrun, which started 4; found --processes 2\n"
    assert capsys.readouterr().err == told


def test_one_process_needs_no_accelerate(faces: Prepared, tmp_path: Path):
    command = "import sys; sys.modules['accelerate'] = None; from training.__main__ import main; "
    command += f"sys.exit(main({fit_options(faces, tmp_path / 'run', '--epochs', '1')!r}))"
    assert subprocess.run([sys.executable, "-c", command], capture_output=True).returncode == 0
    assert (tmp_path / "run" / WEIGHTS).is_file()
