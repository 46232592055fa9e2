"""The start benchmark: what it prints, and what it says when it cannot measure."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.browser import BrowserMissing, find_chromium
from benchmarks.measure import median_ms

POSITIVE = (
    "first_face_s",
    "decode_1_ms",
    "decode_64_ms",
    "decode_64_one_by_one_ms",
    "batch_ratio",
    "threads",
)
OF_START = [f"{way}{what}" for way in ("", "light_") for what in ("memory_mb", "install_mb")]


def benchmark(*arguments: str, run: Path, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"EXPLORER_RUN": str(run)} | env,
        capture_output=True,
        text=True,
    )


@pytest.mark.browser
def test_start_ends_with_one_line_of_json(drawn_run: Path):
    try:
        find_chromium()
    except BrowserMissing as error:
        pytest.skip(str(error))
    done = benchmark("start", "--starts", "1", run=drawn_run)
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    figures = json.loads(last)
    assert all(figures[name] > 0 for name in POSITIVE)
    assert all(figures[name] > 0 for name in ("light_first_face_s", *OF_START))
    assert figures["light_install_mb"] < figures["install_mb"] / 2
    assert figures["light_install_ratio"] < 0.5
    assert {"device", "torch", "light_memory_ratio", "light_first_face_ratio"} <= set(figures)
    assert lines
    assert not any(line.startswith("{") for line in lines)


def test_decode_needs_neither_browser_nor_streamlit(drawn_run: Path, tmp_path: Path):
    (tmp_path / "streamlit.py").write_text("raise ImportError('not on this machine')")
    done = benchmark("decode", "--quick", run=drawn_run, PATH="", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert all(figures[name] > 0 for name in POSITIVE if name != "first_face_s")
    on_cpu = figures["device"] == "cpu"
    for way in ("float32_eager", "bfloat16_eager", *["float32_onnxruntime"] * on_cpu):
        assert all(figures[f"{way}_{batch}_ms"] > 0 for batch in (1, 8, 64, 512))
    assert figures["float32_eager_levels"] <= (0 if on_cpu else 1)
    assert figures[f"{figures['fastest_64'].lower().replace(' ', '_')}_levels"] <= 1


def test_a_missing_chromium_is_one_message_and_exit_code_2(drawn_run: Path):
    done = benchmark("start", run=drawn_run, PATH="")
    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "expected",
        "found",
        "next",
    ]
    assert "chromium" in done.stderr


def test_a_missing_run_is_one_message_and_exit_code_2(tmp_path: Path):
    done = benchmark("decode", run=tmp_path / "none")
    assert done.returncode == 2
    assert "python -m training fit" in done.stderr


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_starts_are_counted_from_1(count: str, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["start", "--starts", count])
    assert stopped.value.code == 2
    assert "from 1 up" in capsys.readouterr().err


def test_warm_up_calls_do_not_count_as_repeats():
    calls = []
    assert median_ms(lambda: calls.append(1), repeats=5, warm_up=2) >= 0
    assert len(calls) == 7
