"""Every command that writes tells before its work that the disk is too full for it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from data.__main__ import main as data
from data.files import LEAST_ROOM
from data.prepared import Prepared
from explorer.__main__ import main as explorer
from training.__main__ import COMMANDS
from training.__main__ import main as training

FOLDERS = {"all", "fit", "sweep", "publish", "export", "align", "classify", "judges"}
OF_DATA = {"fit", "encode", "evaluate", "sweep", "layers", "sharpen", "align", "classify"}
OF_DATA |= {"all", "judges"}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def own_run(drawn_run: Path, tmp_path: Path) -> Path:
    """A copy that may be written to."""
    return shutil.copytree(drawn_run, tmp_path / "run")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """All disks of this machine: as full as a test makes them."""
    usage = SimpleNamespace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    return usage


@pytest.mark.parametrize("command", list(COMMANDS))
def test_training_begins_nothing_on_a_full_disk(
    command: str, own_run: Path, drawn_prepared: Prepared, tmp_path: Path, disk, capsys
):
    before, out = files(own_run), tmp_path / "out"
    asked = [command]
    if command not in FOLDERS - {"publish", "export"}:
        asked.append(str(own_run))
    if command in FOLDERS:
        asked += ["--out", str(out)]
    if command in OF_DATA:
        asked += ["--data", str(drawn_prepared.root)]
    if command == "judges":
        asked += ["--set", "a"]
    assert training(asked) == 2
    assert "of free disk for" in capsys.readouterr().err
    assert files(own_run) == before
    assert not out.exists()


@pytest.mark.parametrize("command", ["vectors", "effects", "map"])
def test_the_explorer_begins_nothing_on_a_full_disk(command: str, own_run: Path, disk, capsys):
    before = files(own_run)
    assert explorer([command, str(own_run)]) == 2
    assert "of free disk for" in capsys.readouterr().err
    assert files(own_run) == before


def test_no_sheet_and_no_picture_is_begun_on_a_full_disk(
    own_run: Path, drawn: Path, tmp_path: Path, disk, capsys
):
    assert explorer(["sample", str(own_run), "--out", str(tmp_path / "out" / "sheet.png")]) == 2
    disk.free = 1000
    assert data(["prepare", str(drawn), "--out", str(tmp_path / "out"), "--size", "16"]) == 2
    assert capsys.readouterr().err.count("of free disk for") == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["encode", "export", "fit"])
def test_codes_and_networks_need_room_besides(
    command: str, own_run: Path, drawn_prepared: Prepared, tmp_path: Path, monkeypatch, capsys
):
    free = iter([LEAST_ROOM, 10])  # enough for the least of all, and then hardly anything
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free)))
    before = files(own_run)
    data, out = ["--data", str(drawn_prepared.root)], ["--out", str(tmp_path / "out")]
    small = ["--size", "64", "--latent", "4", "--widths", "8", "8"]
    asked = {
        "encode": ["encode", str(own_run), *data],
        "export": ["export", str(own_run), *out],
        "fit": ["fit", *data, *out, *small],
    }
    assert training(asked[command]) == 2
    assert "found: 0.0 MB free" in capsys.readouterr().err
    assert files(own_run) == before
