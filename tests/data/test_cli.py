"""The command line: what it prints, its exit codes and its help."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from data.__main__ import main
from data.prepared import load_prepared


def test_draw_then_prepare(tmp_path: Path, capsys):
    source, out = str(tmp_path / "celeba"), str(tmp_path / "out")
    assert main(["draw", source, "--count", "12", "--seed", "3"]) == 0
    assert f"next: python -m data prepare {source}" in capsys.readouterr().out
    command = ["prepare", source, "--out", out, "--size", "32", "--workers", "1"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "12 of the 12 listed in list_eval_partition.txt are here" in printed
    assert f"to {out}: 32x32 pixels, worker processes: 1\n" in printed
    assert load_prepared(out).pictures.shape == (12, 32, 32, 3)
    assert main(command) == 0
    assert f"{out} is up to date: nothing to do" in capsys.readouterr().out


def test_the_default_place_follows_the_size(drawn: Path, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["prepare", str(drawn), "--size", "16", "--workers", "1"]) == 0
    assert load_prepared("data/prepared/celeba16").size == 16


def test_bad_input_is_one_message_and_exit_code_2(tmp_path: Path):
    run = subprocess.run(
        [sys.executable, "-m", "data", "prepare", str(tmp_path)], capture_output=True, text=True
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert [line.split(":")[0] for line in run.stderr.splitlines()] == ["expected", "found", "next"]


def test_ctrl_c_is_exit_code_130(drawn: Path, tmp_path: Path, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("data.prepare.prepare", interrupted)
    assert main(["prepare", str(drawn), "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prepare", "x", "--size", "0"], "expected a whole number from 1 up, found '0'"),
        (["prepare", "x", "--workers", "two"], "expected a whole number from 1 up, found 'two'"),
        (["draw", "x"], "--count"),
        (["draw", "x", "--count", "2", "--seed", "-1"], "whole number from 0 up, found '-1'"),
        ([], "COMMAND"),
    ],
)
def test_bad_options(arguments: list[str], message: str, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["prepare", "download", "draw", "example"])
def test_help_has_one_line_per_option(command: str, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out
    listed = text.split("arguments:\n")[1].replace("\noptions:\n", "").splitlines()
    options = [line for line in listed if line and "--help" not in line]
    required = r"SOURCE|--count|  DIR  +a new folder|NAME  +digits"
    for line in options:
        assert re.match(r"  \S.*\S  +\S", line), f"wrapped or without help: {line!r}"
        assert "(default" in line or re.search(required, line), line
