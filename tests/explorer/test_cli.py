"""The command line of the explorer room: what it prints, its exit codes and its help."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import load, show
from explorer.__main__ import main
from training.run.run_folder import CONFIG, LATENTS, VECTORS


def test_vectors_are_made_anew(own_run: Path, capsys):
    (own_run / VECTORS).unlink()
    assert main(["vectors", str(own_run)]) == 0
    printed = capsys.readouterr().out
    assert "17 attribute vectors by 4 methods from 256 training faces, celeba labels\n" in printed
    assert (own_run / VECTORS).is_file()


def test_a_sheet_of_random_faces_is_drawn(drawn_flow: Path, own_run: Path, tmp_path: Path, capsys):
    out = tmp_path / "sheet.png"
    asked = ["--count", "10", "--having", "Smiling", "Young", "--lacking", "Male", "--seed", "3"]
    assert main(["sample", str(drawn_flow), *asked, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"10 random faces in {out}\n"
    model = load(drawn_flow)
    faces = model.decode(model.sample(10, ["Smiling", "Young"], ["Male"], seed=3))
    with Image.open(out) as sheet:
        np.testing.assert_array_equal(np.asarray(sheet), np.asarray(show(faces[:8], faces[8:])))

    for run, extra, message in (
        (drawn_flow, ["--having", "Tall"], "expected attributes that the flow learned; found 'T"),
        (drawn_flow, ["--count", "0"], "expected a number of faces from 1 up"),
        (own_run, [], "next: python -m training flow"),
    ):
        assert main(["sample", str(run), *extra, "--out", str(out)]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["vectors", "map"])
def test_bad_input_is_one_message_and_exit_code_2(own_run: Path, command: str, capsys):
    (own_run / LATENTS).unlink()
    assert main([command, str(own_run)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"expected: latents.npz in {own_run}\nfound: no such file\n"
        f"next: python -m training encode {own_run} --data DIR\n"
    )


def test_the_process_ends_with_the_code_and_without_a_traceback(tmp_path: Path):
    (tmp_path / CONFIG).touch()
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "vectors", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "expected",
        "found",
        "next",
    ]


def test_a_run_that_cannot_be_written_to_is_told(own_run: Path, capsys):
    (own_run / VECTORS).unlink()
    (own_run / VECTORS).mkdir()
    assert main(["vectors", str(own_run)]) == 2
    assert "Is a directory" in capsys.readouterr().err


def test_ctrl_c_is_exit_code_130(own_run: Path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.derived.vectors.make_vectors", interrupted)
    assert main(["vectors", str(own_run)]) == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND"),
        (["plan", "x"], "invalid choice: 'plan'"),
        (["map"], "the following arguments are required: RUN"),
        (["map", "x", "--seed", "-1"], "expected a whole number from 0 to 2^32 - 1; found '-1'"),
        (["map", "x", "--seed", "4294967296"], "2^32 - 1; found '4294967296'"),
        (["map", "x", "--seed", "one"], "2^32 - 1; found 'one'"),
    ],
)
def test_bad_options(arguments: list[str], message: str, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("vectors", ["--default"]),
        ("map", ["(default 0)"]),
        ("sample", ["--lacking", "(default 24)"]),
    ],
)
def test_help_tells_every_option(command: str, options: list[str], capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    for told in ["RUN", "run folder", *options]:
        assert told in printed
