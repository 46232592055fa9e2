"""A whole run folder by one command, which goes on where it was stopped."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.prepared import Prepared
from training.__main__ import main
from training.loop.whole_run import made_of, stages
from training.run.run_folder import CONFIG, LATENTS, MAP, REPORT, SECOND_STAGE, VECTORS, weights_key

TINY = ["--latent", "8", "--widths", "8", "8", "8", "16", "--epochs", "1", "--batch", "64"]


def options(prepared: Prepared, run: Path) -> list[str]:
    return ["--data", str(prepared.root), "--out", str(run), "--device", "cpu", *TINY]


def test_what_is_there_is_not_made_again(drawn_many: Prepared, tmp_path: Path, capfd):
    run = tmp_path / "run"
    assert main(["fit", *options(drawn_many, run)]) == 0
    assert main(["encode", str(run), "--data", str(drawn_many.root), "--device", "cpu"]) == 0
    encoded = (run / LATENTS).stat().st_mtime_ns
    judged = ["--importance-pictures", "2", "--samples", "20"]
    command = ["all", *options(drawn_many, run), *judged]
    capfd.readouterr()
    assert main(command) == 0
    lines = capfd.readouterr().out.splitlines()
    assert "2 of 6: encode, done before" in lines
    assert "6 of 6: map" in lines
    for name in (LATENTS, SECOND_STAGE, REPORT, VECTORS, MAP):
        assert made_of(run / name) == weights_key(run), name
    assert (run / LATENTS).stat().st_mtime_ns == encoded
    assert "second stage" in json.loads((run / REPORT).read_text())["frechet"]["samples"]

    (run / VECTORS).unlink()
    assert main(command) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line for line in lines if line[1:6] == " of 6"] == [
        "1 of 6: fit",
        "2 of 6: encode, done before",
        "3 of 6: sampler, done before",
        "4 of 6: evaluate, done before",
        "5 of 6: vectors",
        "6 of 6: map",  # after what was made anew
    ]


def test_a_stage_that_fails_ends_it_with_its_command(drawn_many: Prepared, tmp_path, capfd):
    run = tmp_path / "run"
    wrong = [*options(drawn_many, run), "--size", "32"]
    assert main(["all", *wrong]) == 2
    told = capfd.readouterr()
    assert "expected --size 64" in told.err
    assert f"fit failed: python -m training fit --data {drawn_many.root}" in told.out
    assert "2 of 6" not in told.out


def test_a_dry_run_prints_the_commands(drawn_many: Prepared, tmp_path: Path, capsys):
    run = tmp_path / "run"
    assert main(["all", *options(drawn_many, run), "--beta", "2", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2:4] for line in lines] == [
        ["training", "fit"],
        ["training", "encode"],
        ["training", "sampler"],
        ["training", "evaluate"],
        ["explorer", "vectors"],
        ["explorer", "map"],
    ]
    assert "--beta 2.0" in lines[0]
    assert "--widths 8 8 8 16" in lines[0]
    assert not run.exists()


def test_a_run_that_was_begun_is_continued(tmp_path: Path):
    assert "--resume" not in stages(tmp_path, tmp_path, "cpu", [])[0].words
    (tmp_path / CONFIG).write_text("{}")
    assert stages(tmp_path, tmp_path, "cpu", [])[0].words[-1] == "--resume"


STOPPED = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf to it from birth in the background
from training.loop.whole_run import Stage, make_whole_run
stage = Stage(("http.server", "0"), "weights.safetensors")  # goes on until it is stopped
sys.exit(make_whole_run(Path(sys.argv[1]), [stage], lambda line: print(line, flush=True)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_stop_stops_the_stage_and_says_how_to_go_on(tmp_path: Path):
    child = subprocess.Popen(
        [sys.executable, "-u", "-c", STOPPED, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert child.stdout is not None
    for line in child.stdout:  # the server says so when it is ready
        if line.startswith("Serving"):
            break
    os.killpg(child.pid, signal.SIGINT)  # as the terminal does
    told = child.stdout.read()
    assert child.wait() == 130
    assert "stopped in 0; what is done stays: the same command continues" in told


@pytest.mark.parametrize("damage", ["none", "cut", "other"])
def test_files_that_are_missing_or_damaged_are_of_no_weights(tmp_path: Path, damage: str):
    path = tmp_path / LATENTS
    if damage == "cut":
        np.savez(path, weights="abc")
        path.write_bytes(path.read_bytes()[:-40])
    elif damage == "other":
        np.savez(path, mean=np.zeros(3))
    assert made_of(path) == ""
