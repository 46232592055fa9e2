"""Run folders side by side: found once each, curves thinned, figures None where not measured."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from data.shipped import SHIPPED
from explorer.figures.model_figures import curves_figures, dimensions_figure
from explorer.run.runs import POINTS, comparison, known_runs, read_curves
from training.run.run_folder import METRICS, REPORT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A folder of runs: two copies of the shipped one's texts, and one that is no run."""
    monkeypatch.delenv("EXPLORER_TWIN", raising=False)
    for name in ("a", "celeba64"):
        (tmp_path / name).mkdir()
        for file in ("config.json", METRICS, REPORT):
            shutil.copyfile(SHIPPED / file, tmp_path / name / file)
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_every_run_is_found_once_and_told_apart(folder: Path):
    found = known_runs(SHIPPED, folder)
    names = [run.name for run in found if "_ae" not in run.name]  # a twin may ship
    assert names == ["celeba64", "a", f"{folder.name}/celeba64"]
    assert next(iter(known_runs(folder / "a", folder))).root == folder / "a"
    assert len(known_runs(folder / "a", folder)) == 2


def test_curves_are_means_of_neighbours(tmp_path: Path):
    lines = [json.dumps({"step": n, "epoch": n / 10, "psnr": n % 2}) for n in range(4 * POINTS)]
    (tmp_path / METRICS).write_text("\n".join([*lines, '{"step": 9']))
    curves = read_curves(tmp_path)
    assert {len(column) for column in curves.values()} == {POINTS}
    np.testing.assert_allclose(curves["psnr"], 0.5)
    assert curves["step"][0] == pytest.approx(1.5)
    assert read_curves(tmp_path / "none") == {}
    (tmp_path / METRICS).write_text("\n".join([*lines, "[" * 100_000]))
    assert curves.keys() == read_curves(tmp_path).keys()


def test_the_comparison_has_what_was_measured(folder: Path):
    report = json.loads((folder / "a" / REPORT).read_text())
    (folder / "a" / REPORT).write_text(
        json.dumps(report | {"frechet": {"samples": {"prior": 4.0}}})
    )
    (folder / "celeba64" / REPORT).unlink()
    rows = {row["run"]: row for row in comparison(known_runs(folder / "a", folder))}
    assert rows["a"]["Fréchet, prior"] == 4.0
    assert rows["a"]["PSNR (dB)"] == round(report["psnr_mean_db"], 2)
    assert rows["celeba64"]["PSNR (dB)"] is None
    assert rows["celeba64"]["Fréchet, prior"] is None


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000], ids=lambda text: text[:4])
def test_a_run_with_a_damaged_report_has_no_figures(folder: Path, text: str):
    (folder / "a" / REPORT).write_text(text)
    assert next(iter(known_runs(folder / "a", folder))).report == {}


def test_figures_show_every_run_and_every_dimension(folder: Path):
    runs = known_runs(folder / "a", folder)
    for made in curves_figures(runs).values():
        assert [curve["name"] for curve in made.series] == ["a", "celeba64"]
    made = dimensions_figure(np.array([0.1, 3, 2.0]), np.array([0.05, 1, 0.9]), 0.01)
    bars = made.series[0]["data"]
    assert [(bar["name"], bar["value"]) for bar in bars] == [("z 1", 3), ("z 2", 2), ("z 0", 0.1)]
    first, second, last = (bar["itemStyle"]["color"] for bar in bars)
    assert first == second != last  # the last one is not active


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe\x00", b"[1, 2]", b'{"step": "one"}', b"[" * 100_000, b'{"step": NaN}', b"7"],
)
def test_metrics_of_any_run_beside_are_read_as_far_as_they_are_some(tmp_path: Path, line: bytes):
    good = b'{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 3.0}\n'
    (tmp_path / METRICS).write_bytes(good + line + b"\n")
    curves = read_curves(tmp_path)
    assert curves.keys() <= {"step", "loss"}
    assert all(np.isfinite(curve).all() for curve in curves.values())
