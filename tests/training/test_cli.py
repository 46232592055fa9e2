"""The command line of the training room: what it prints, its exit codes and its help."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from data.prepared import Prepared
from training.__main__ import main
from training.model.config import ModelConfig
from training.model.networks import build
from training.run.run_folder import load_model

NOT_THERE = "no_such_folder"


def options_of(faces: Prepared, run: Path) -> list[str]:
    """The least that `fit` needs, with a network small enough for a test."""
    places = ["--data", str(faces.root), "--out", str(run), "--device", "cpu"]
    return [*places, "--size", "16", "--latent", "4", "--widths", "8", "--epochs", "1"]


def test_fit_encode_and_evaluate_make_a_run(faces: Prepared, tmp_path: Path, capsys):
    run = tmp_path / "run"
    assert main(["fit", *options_of(faces, run), "--batch", "32"]) == 0
    assert "likelihood optimal\n" in (printed := capsys.readouterr().out)
    assert "77 pictures on cpu" in printed
    assert main(["encode", str(run), "--data", str(faces.root)]) == 0
    assert "encoded 96 pictures" in capsys.readouterr().out
    few = ["--importance-pictures", "4", "--samples", "10"]
    assert main(["evaluate", str(run), "--data", str(faces.root), *few]) == 0
    report = json.loads((run / "report.json").read_text())
    printed = capsys.readouterr().out
    assert re.search(rf"psnr_mean_db +{report['psnr_mean_db']:.4g}\n", printed)
    assert re.search(r"pictures +10\n", printed)
    assert re.search(rf"mean probe AUC +{report['probes']['mean_auc']:.4f}\n", printed)


def test_every_option_reaches_the_run(faces: Prepared, tmp_path: Path):
    run = tmp_path / "run"
    model = {"kind": "vae", "latent": 4, "widths": [8], "blocks": 2, "likelihood": "fixed"}
    training = {"batch": 40, "learning_rate": 0.01, "weight_decay": 0.02, "beta": 0.5}
    training |= {"ema": 0.9, "clip": 2.0, "seed": 5, "warm_up": 0.5, "free_bits": 0.25}
    training |= {"perceptual": 3.0}
    given = {"model": "vae", "blocks": 2, "likelihood": "fixed", "sigma": 0.3} | training
    flags = [text for k, v in given.items() for text in (f"--{k.replace('_', '-')}", str(v))]
    flags += ["--encoder-blocks", "3", "--decoder-blocks", "1"]
    assert main(["fit", *options_of(faces, run), *flags]) == 0
    config = json.loads((run / "config.json").read_text())
    blocks = {"encoder_blocks": [3], "decoder_blocks": [1]}
    told = {"size": 16, "sigma": 0.3, "channels": 3, "adopted": "", "pixel_range": [0, 1]}
    assert config["model"] == model | blocks | told
    assert config["training"] == training | {"epochs": 1, "start": ""}


def test_publish_writes_a_run_that_can_be_loaded(drawn_run: Path, tmp_path: Path, capsys):
    out = tmp_path / "published"
    assert main(["publish", str(drawn_run), "--out", str(out)]) == 0
    assert f"published to {out}: 32 codes with predicted labels" in capsys.readouterr().out
    assert load_model(out).config.latent == 8


def test_bad_input_is_one_message_and_exit_code_2(tmp_path: Path):
    command = [sys.executable, "-m", "training", "encode", NOT_THERE, "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = [line.split(":")[0] for line in done.stderr.splitlines()]
    assert lines == ["expected", "found", "next"]


def test_every_kind_of_error_is_told_without_a_traceback(
    faces: Prepared, drawn_run: Path, tmp_path: Path, capsys
):
    (tmp_path / "file").touch()
    data = ["--data", str(faces.root)]
    fit = ["fit", *options_of(faces, tmp_path / "run")]
    below_a_file = ["fit", *options_of(faces, tmp_path / "file" / "run")]
    expected = {
        "found: no such folder": ["encode", str(drawn_run), "--data", NOT_THERE],
        "expected: a run folder at no_such_folder": ["evaluate", NOT_THERE, *data],
        "expected pictures of the model's size, 64": ["encode", str(drawn_run), *data],
        "expected --device auto or one of:": [*fit, "--device", "abacus"],
        "expected --batch of at most 77": [*fit, "--batch", "78"],
        "expected --latent at least 1; found 0": [*fit, "--latent", "0"],
        "next: train one: python -m training fit": ["publish", NOT_THERE, "--out", str(tmp_path)],
        "Not a directory": below_a_file,
    }
    for message, arguments in expected.items():
        assert main(arguments) == 2, arguments
        told = capsys.readouterr()
        assert message in told.err
        assert told.err.count("\n") <= 3


def test_a_loss_that_is_not_finite_is_told(faces: Prepared, tmp_path: Path, capsys):
    wild = ["--learning-rate", "1e30", "--epochs", "3", "--batch", "8"]
    assert main(["fit", *options_of(faces, tmp_path / "run"), *wild]) == 2
    assert "expected a finite loss; found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "place", "told"),
    [
        ("fit", "training.__main__.fit", "stopped; continue with --resume"),
        ("encode", "training.codes.encode.encode", "stopped"),
    ],
)
def test_ctrl_c_is_exit_code_130(
    faces: Prepared, drawn_run: Path, tmp_path: Path, monkeypatch, capsys, command, place, told
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    arguments = {
        "fit": options_of(faces, tmp_path / "run"),
        "encode": [str(drawn_run), "--data", str(faces.root)],
    }
    assert main([command, *arguments[command]]) == 130
    assert capsys.readouterr().err == f"{told}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND"),
        (["train"], "invalid choice: 'train'"),
        (["fit", "--out", "x"], "the following arguments are required: --data"),
        (["fit", "--data", "x"], "the following arguments are required: --out"),
        (["fit", "--model", "gan"], "invalid choice: 'gan'"),
        (["encode", "--data", "x"], "the following arguments are required: RUN"),
        (["publish", "x"], "the following arguments are required: --out"),
    ],
)
def test_bad_options(arguments: list[str], message: str, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["fit", "encode", "evaluate", "publish", "export", "sweep"])
def test_help_tells_every_option_and_its_default(command: str, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    listed = capsys.readouterr().out.split("options:\n")[1].split("\n\n")[0].rstrip()
    entries = [" ".join(entry.split()) for entry in re.split(r"\n(?=  -)", listed)]
    assert entries[0] == "-h, --help show this help message and exit"
    listed = [line for line in listed.splitlines() if line.startswith("  -")]
    assert len(listed) == len(entries)  # one line each
    for entry in entries[1:]:
        told = re.fullmatch(r"--\S+ .*[a-z].* \(default: (?!None).+\)", entry)
        absent = "--(data|out|preset|epochs|learning-rate|start) (DIR|NAME|N|X|RUN) "
        assert told or re.match(absent, entry), entry


def test_a_dry_run_prints_the_plan_and_writes_nothing(faces: Prepared, tmp_path: Path, capsys):
    options = ["--batch", "16", "--beta", "2", "--warm-up", "0.5", "--free-bits", "0.1"]
    assert main(["fit", *options_of(faces, tmp_path / "run"), *options, "--dry-run"]) == 0
    plan = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert plan["steps"] == "1 epochs of 4 steps of 16 pictures: 4 steps"
    assert plan["rate"] == "beta 2, rising from 0 over 0.5 epochs, 0.1 bits of each dimension free"
    assert plan["pictures"] == "77 pictures on cpu, 0.00 GB as bytes"
    assert plan["writes"] == f"{tmp_path / 'run'}, a checkpoint every 5 minutes"
    parameters = sum(
        p.numel() for p in build(ModelConfig(size=16, latent=4, widths=(8,))).parameters()
    )
    assert f"{parameters / 1e6:.2f} million parameters" in plan["model"]
    assert not (tmp_path / "run").exists()


def test_a_dry_run_refuses_what_a_run_would(faces: Prepared, tmp_path: Path, capsys):
    for options, message in (
        (["--batch", "78"], "expected --batch of at most 77"),
        (["--model", "ae", "--beta", "2"], "expected --beta with --model vae only"),
        (["--size", "32"], "expected --size 16, the size of the pictures in"),
    ):
        assert main(["fit", *options_of(faces, tmp_path / "r"), *options, "--dry-run"]) == 2
        assert message in capsys.readouterr().err


def test_a_preset_gives_defaults_that_other_options_override(
    faces: Prepared, tmp_path: Path, capsys
):
    command = ["fit", "--data", str(faces.root), "--out", str(tmp_path / "run"), "--dry-run"]
    options = ["--preset", "small", "--size", "16", "--batch", "8", "--latent", "5"]
    assert main([*command, *options]) == 0
    plan = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert plan["network"].startswith("widths 16 32 64 96, ")
    assert plan["steps"].startswith("4 epochs of 9 steps of 8 pictures")
    assert ", 5 latent dimensions, " in plan["model"]
