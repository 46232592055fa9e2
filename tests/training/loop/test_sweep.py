"""The sweep over beta: less rate for more beta, what is done is kept, and both files tell it."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from data.prepared import Prepared
from training.__main__ import main
from training.compute.processes import Processes
from training.loop.loop import fit
from training.loop.sweep import PLOT, TABLE, sweep
from training.model.config import ConfigError, ModelConfig, TrainingConfig
from training.run.run_folder import REPORT, WEIGHTS, read_config, weights_key

ALONE = Processes(torch.device("cpu"))
OPTIONS = TrainingConfig(epochs=8, batch=16, learning_rate=1e-2)


def test_a_sweep_tells_what_beta_does_and_continues(
    faces: Prepared, tiny: ModelConfig, tmp_path: Path
):
    rows = sweep(faces, tmp_path, tiny, OPTIONS, [100.0, 1.0, 1.0], ALONE, samples=20)
    assert [row["beta"] for row in rows] == [1, 100]
    assert rows[1]["rate"] < rows[0]["rate"]
    report = json.loads((tmp_path / "beta100" / REPORT).read_text())
    assert rows[1]["psnr"] == report["psnr_mean_db"]
    assert rows[1]["prior"] == report["frechet"]["samples"]["prior"]
    assert (tmp_path / TABLE).read_text().count("\n") == 4
    texts = "".join(ElementTree.parse(tmp_path / PLOT).getroot().itertext())
    assert "β 1" in texts
    assert "β 100" in texts

    kept = [(tmp_path / f"beta{b}" / WEIGHTS).stat().st_mtime_ns for b in (1, 100)]
    again = sweep(faces, tmp_path, tiny, OPTIONS, [1.0, 100.0, 0.0], ALONE, samples=20)
    assert again[1:] == rows
    assert [(tmp_path / f"beta{b}" / WEIGHTS).stat().st_mtime_ns for b in (1, 100)] == kept
    longer = replace(OPTIONS, epochs=9)
    with pytest.raises(ConfigError, match=r"the same training options .* epochs 8 -> 9"):
        sweep(faces, tmp_path, tiny, longer, [1.0, 100.0], ALONE, samples=20)


def test_a_sweep_from_one_run(faces: Prepared, tiny: ModelConfig, tmp_path: Path):
    """A step of no length leaves the weights of the start to every beta, so all draw the same."""
    start = tmp_path / "start"
    fit(faces, start, tiny, OPTIONS)
    still = replace(OPTIONS, epochs=1, learning_rate=1e-12)
    rows = sweep(faces, tmp_path / "s", tiny, still, [1.0, 8.0], ALONE, samples=20, start=start)
    assert rows[0]["rate"] == pytest.approx(rows[1]["rate"], rel=1e-3)
    assert read_config(tmp_path / "s" / "beta8").training.start == weights_key(start)
    other = replace(tiny, latent=4)
    with pytest.raises(ConfigError, match="--start to name a run of the same network, latent 4"):
        sweep(faces, tmp_path / "t", other, OPTIONS, [1.0, 8.0], ALONE, samples=20, start=start)


def test_a_sweep_needs_two_weights_and_a_vae(faces: Prepared, tiny: ModelConfig, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"at least two different --betas; found \[1.0\]"):
        sweep(faces, tmp_path, tiny, OPTIONS, [1.0], ALONE, samples=20)
    data = ["--data", str(faces.root), "--out", str(tmp_path / "s"), "--preset", "hourglass"]
    assert main(["sweep", *data]) == 2
