"""The hourglass twin: found beside the run or by name, or said to be missing with what makes it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.run.loaded import open_run
from explorer.run.twin import load_twin, of_kind, same_faces, twin_folder
from training.run.run_folder import RunError


@pytest.fixture
def alone(drawn_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The VAE of the drawn faces in a folder of its own, without a twin."""
    monkeypatch.delenv("EXPLORER_TWIN", raising=False)
    return open_run(shutil.copytree(drawn_run, tmp_path / "mine"))


def test_a_missing_twin_is_said_with_the_commands(alone):
    with pytest.raises(RunError) as caught:
        load_twin(alone)
    folder = f"{alone.run.root}_ae"
    assert caught.value.expected == f"the hourglass twin of mine in {folder}"
    assert caught.value.found == "no such folder"
    assert f"python -m training fit --data DIR --model ae --out {folder}" in caught.value.next
    assert f"python -m explorer map {folder}" in caught.value.next


def test_a_vae_is_no_twin(alone, drawn_run, monkeypatch):
    monkeypatch.setenv("EXPLORER_TWIN", str(drawn_run))
    with pytest.raises(RunError, match="a run of kind vae"):
        load_twin(alone)


def test_the_twin_beside_the_run_is_found(alone, drawn_twin):
    shutil.copytree(drawn_twin, f"{alone.run.root}_ae")
    twin = load_twin(alone)
    assert twin.run.config.model.kind == "ae"
    assert twin_folder(alone.run.root) == twin.run.root
    rows = np.array([5, 2])
    found = same_faces(alone, twin, rows)
    assert (twin.run.faces.ids[found] == alone.run.faces.ids[rows]).all()


def test_the_twin_of_an_hourglass_is_its_vae(drawn_run, drawn_twin, tmp_path, monkeypatch):
    monkeypatch.delenv("EXPLORER_TWIN", raising=False)
    hourglass = open_run(shutil.copytree(drawn_twin, tmp_path / "mine_ae"))
    with pytest.raises(RunError) as caught:
        load_twin(hourglass)
    assert caught.value.expected == f"the VAE twin of mine_ae in {tmp_path / 'mine'}"
    assert "--model vae --out" in caught.value.next
    vae = shutil.copytree(drawn_run, tmp_path / "mine")
    assert load_twin(hourglass).run.root == vae
    assert (of_kind(hourglass, "ae"), of_kind(hourglass, "vae").run.root) == (hourglass, vae)
    assert twin_folder(vae) == hourglass.run.root


def test_a_folder_called_like_an_ending_has_a_twin_as_others_have():
    assert twin_folder(Path("runs/_ae")) == Path("runs/_ae_ae")


def test_a_named_twin_is_preferred(alone, drawn_twin, monkeypatch):
    monkeypatch.setenv("EXPLORER_TWIN", str(drawn_twin))
    assert load_twin(alone).run.root == drawn_twin
    assert json.loads((drawn_twin / "report.json").read_text())["rate_nats"] == 0
