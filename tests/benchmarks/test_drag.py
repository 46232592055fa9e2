"""The drag benchmark: what counts as answered, and the figures it ends with."""

import json
from pathlib import Path

import pytest

from benchmarks import drag, hand
from benchmarks.__main__ import main
from benchmarks.browser import BrowserMissing, find_chromium

POSITIVE = ("p50_ms", "p95_ms", "stock_p50_ms", "stock_ratio", "sessions8_p95_ms")
RATES = ("pictures_per_s", "sessions8_pictures_per_s")  # 0 where the first came after the drag


def test_an_input_is_answered_by_the_first_picture_asked_for_after_it():
    inputs = [0.0, 10.0, 20.0, 30.0]
    frames = [[1.0, 6.0, 16.0], [21.0, 26.0, 32.0]]  # when asked for, on the canvas, shown
    seen = hand._answers(inputs, frames)
    assert seen.put == [6.0, 16.0, 6.0]
    assert seen.shown == [16.0, 22.0, 12.0]
    assert seen.unanswered == 1  # the last one
    assert seen.pictures_per_s == pytest.approx(1000 / 30)  # one was shown while the hand moved


def test_the_hand_goes_to_and_fro_between_the_ends():
    places = [hand._to_and_fro(way, 3.0) for way in range(13)]
    assert places == [0, 1, 2, 3, 2, 1, 0, -1, -2, -3, -2, -1, 0]


@pytest.mark.browser
def test_drag_ends_with_its_figures(drawn_run: Path, monkeypatch, capsys):
    try:
        find_chromium()
    except BrowserMissing as error:
        pytest.skip(str(error))
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    for name, value in {"SECONDS": 1.0, "DRAGS": 1, "RELEASES": 2, "SESSIONS": 3}.items():
        monkeypatch.setattr(drag, name, value)
    assert main(["drag"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    assert all(figures[name] > 0 for name in POSITIVE)
    assert all(figures[name] >= 0 for name in RATES)
    assert figures["errors"] == figures["sessions8_errors"] == 0
    assert figures["put_p50_ms"] <= figures["p50_ms"]
    assert len(lines) == 3
