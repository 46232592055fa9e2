"""Several processes make what one makes: the same loss, the same codes."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.prepared import Prepared
from training.__main__ import main
from training.run.latents import load_latents
from training.run.run_folder import METRICS, WEIGHTS


@pytest.fixture
def run(faces: Prepared, tmp_path: Path) -> Path:
    """Of a tiny model, of one epoch."""
    folder = tmp_path / "tiny"
    assert main(fit_options(faces, folder, "--epochs", "1")) == 0
    return folder


def but_for_the_bar(told: str) -> list[str]:
    """What stands in standard error apart from the progress: the lines."""
    return [line for line in told.replace("\r", "\n").splitlines() if line and "%|" not in line]


def two_ranks(program: str, *arguments: list[str]) -> list[tuple[int, str]]:
    """Run a program as both of two processes, each with its arguments: exit codes and errors."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, *own],
            env=os.environ | place | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, own in enumerate(arguments)
    ]
    told = [child.communicate()[1] for child in children]
    return [(child.returncode, text) for child, text in zip(children, told, strict=True)]


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
    told = capfd.readouterr()
    assert told.out.count("million parameters") == 1
    assert but_for_the_bar(told.err) == []

    ours, theirs = (json.loads((run / METRICS).read_text().splitlines()[-1]) for run in (one, two))
    for name in ("mse", "bits_per_dim", "rate", "gradient_norm"):
        assert theirs[name] == pytest.approx(ours[name], rel=2e-3), name
    for name in ("loss", "distortion"):  # nats of 768 values, about 0 in the sum
        assert theirs[name] == pytest.approx(ours[name], abs=0.3), name
    data = ["--data", str(faces.root), "--device", "cpu"]
    assert main(["encode", str(one), *data]) == 0
    alone = load_latents(one)
    capfd.readouterr()
    assert main(["encode", str(one), *data, "--processes", "2"]) == 0
    told = capfd.readouterr()
    assert told.out.startswith("encoded 96 pictures")
    assert but_for_the_bar(told.err) == []
    shared = load_latents(one)
    assert shared.ids.tolist() == alone.ids.tolist()
    np.testing.assert_allclose(shared.mean, alone.mean, atol=1e-5)
    np.testing.assert_allclose(shared.error, alone.error, atol=1e-5)


GROUP_ENDS = """
import sys
from pathlib import Path
import torch
from training.compute.processes import join, leave
names = lambda: [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
before = {*names()}
join("cpu").gather(0)
group = {*names()} - before
assert group and torch.distributed.is_initialized()
WORK
assert not torch.distributed.is_initialized()
assert not group & {*names()}, names()
"""
COMMAND = "from training.__main__ import main; assert main(sys.argv[1:]) == 0"
GRADIENTS = "join('cpu').wrap(torch.nn.Linear(1, 1))(torch.ones(1, 1)).backward(); leave()"


@pytest.mark.parametrize("work", ["fit", "encode", "gradients"])
def test_nothing_of_the_group_outlives_the_work(
    faces: Prepared, run: Path, tmp_path: Path, work: str
):
    """A thread of it that is still busy when Python ends may end the process with an abort."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("needs the names of threads in /proc/self/task")
    fitting = fit_options(faces, tmp_path / "fit", "--epochs", "1")
    encoding = ["encode", str(run), "--data", str(faces.root), "--device", "cpu"]
    arguments = {"fit": fitting, "encode": encoding, "gradients": []}[work]
    program = GROUP_ENDS.replace("WORK", COMMAND if arguments else GRADIENTS)
    for code, told in two_ranks(program, arguments, arguments):
        assert but_for_the_bar(told) == []
        assert code == 0


def test_one_that_fails_leaves_none_waiting(faces: Prepared, run: Path, tmp_path: Path):
    damaged = shutil.copytree(run, tmp_path / "damaged")
    (damaged / WEIGHTS).write_bytes(b"something else")
    program = "import sys; from training.__main__ import main; sys.exit(main(sys.argv[1:]))"
    data = ["--data", str(faces.root), "--device", "cpu"]
    (first, of_first), (second, of_second) = two_ranks(
        program, *(["encode", str(folder), *data] for folder in (run, damaged))
    )
    assert second == 2
    assert of_second.startswith("expected: weights of vae in ")
    assert first == 1
    assert "Traceback" in of_first
    assert "terminate called" not in of_first


def test_an_error_of_the_first_is_told_once_with_its_code(faces: Prepared, run: Path, capfd):
    assert main(fit_options(faces, run, "--processes", "2")) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"expected a new folder for --out; found a run in {run}; ")


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
