"""The benchmark of many sessions: what it prints, without Streamlit."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main

COMMAND = ["live", "--seconds", "0.5", "--rounds", "2", "--sessions"]


def test_sessions_are_measured_beside_a_single_one(
    drawn_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    assert main([*COMMAND, "1", "3"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    ratio = figures["3_pictures_per_s"] / figures["1_pictures_per_s"]
    assert figures["3_times_one"] == pytest.approx(ratio, abs=0.001)
    assert figures["1_times_one"] == 1
    for count in (1, 3):
        assert figures[f"{count}_errors"] == 0
        assert 0 < figures[f"{count}_pictures_per_s"] <= 60 * count
        assert 0 < figures[f"{count}_p50_ms"] <= figures[f"{count}_p95_ms"]
    assert [line.split(" | ")[0] for line in lines[-2:]] == ["| 1", "| 3"]


def test_a_run_that_cannot_be_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("EXPLORER_RUN", str(tmp_path / "none"))
    assert main([*COMMAND, "1"]) == 2
    assert "expected" in capsys.readouterr().err
