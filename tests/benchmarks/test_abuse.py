"""The short form of `python -m benchmarks abuse`: everything that is tried is survived."""

import json
import subprocess
import sys

import pytest

from benchmarks.faults import in_a_fork, killed_everywhere


def test_whatever_is_tried_is_survived():
    command = [sys.executable, "-m", "benchmarks", "abuse", "--half", "files"]
    command += ["--inputs", "60", "--step", "9"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    kinds = {name.removesuffix("_tried") for name in figures if name.endswith("_tried")}
    killed = {f"{name}_killed" for name in ("fit", "prepare", "publish", "export")}
    assert {"tables", "photos", *killed} <= kinds
    for kind in kinds:
        assert figures[f"{kind}_survived"] == figures[f"{kind}_tried"] >= 2, kind


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_command_is_killed_at_each_of_its_changes(tmp_path):
    """And one that would lose something is found out."""

    def careless(folder):
        folder.mkdir(exist_ok=True)
        (folder / "file").write_text("half")
        (folder / "file").write_text("half and half")
        return 0

    assert in_a_fork(careless, tmp_path / "whole") == 0
    assert (tmp_path / "whole" / "file").read_text() == "half and half"
    killed, well = killed_everywhere(
        careless, None, tmp_path, lambda folder: (folder / "file").is_file()
    )
    assert killed == 3  # the folder, and the file twice
    assert well < killed
