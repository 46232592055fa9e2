"""The benchmark for a GPU that is there for minutes: it measures, and it never hangs."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.gpu import decode, live, run_part, steps
from benchmarks.recorded import TRAININGS, Sizes, recorded
from training.codes.flow_network import FlowConfig
from training.edits.config import EditConfig
from training.judge.attribute_network import ClassifierConfig
from training.model.config import ModelConfig
from training.sharp.config import SharpConfig

ABSENT = """
import sys
for name in ("streamlit", "umap", "playwright", "plotly"):
    sys.modules[name] = None
import benchmarks.__main__, benchmarks.live_server, benchmarks.live_clients
"""


def test_what_a_part_told_before_it_failed_counts(tmp_path: Path):
    program = "print('a line'); print('{\"a\": 1}'); print('{\"b\": 2.5}'); raise SystemExit(3)"
    found = run_part([sys.executable, "-c", program], 600, tmp_path / "part.log")
    assert found == ({"a": 1, "b": 2.5}, "failed with 3, see part.log")
    assert "a line" in (tmp_path / "part.log").read_text()


def test_a_part_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path):
    program = "import subprocess as s, sys; s.call([sys.executable, '-c', 'while True: pass'])"
    found = run_part([sys.executable, "-c", program], 0.5, tmp_path / "part.log")
    assert found == ({}, "stopped after 0 s")


def test_steps_are_measured_recorded_and_plain_and_of_a_wider_network():
    model = ModelConfig(size=16, latent=8, widths=(8, 16))
    found: dict = {}
    for figures in islice(steps(torch.device("cpu"), 0.0, model, (8,), 40), 4):
        found |= figures
    assert found["recorded_8_per_s"] == pytest.approx(8000 / found["recorded_8_ms"])
    assert found["plain_8_all_of_celeba_s"] == pytest.approx(162_770 / found["plain_8_per_s"])
    assert found["wide_recorded_8_share_of_rate"] > 0


SMALL = Sizes(
    ModelConfig(size=16, latent=8, widths=(8, 16)),
    SharpConfig(
        *(100, 0.0, 4), widths=(8, 16), discriminator=(8, 16), perceptual=0.0, adversarial=0.1
    ),
    ClassifierConfig(size=16, widths=(8, 16), blocks=(0, 0), features=8),
    FlowConfig(8, 40, width=16, depth=1, condition=8),
    EditConfig(batch=4, hidden=8),
    pictures=40,
    codes=50,
    flow=16,
)


def test_the_other_trainings_are_measured_recorded_and_plain():
    found: dict = {}
    for figures in recorded(torch.device("cpu"), 0.0, SMALL, limit=600):
        found |= figures
    for name in TRAININGS:
        plain, recorded_ = found[f"{name}_plain_per_s"], found[f"{name}_recorded_per_s"]
        assert found[f"{name}_ratio"] == pytest.approx(recorded_ / plain)
    assert len(found) == 3 * len(TRAININGS)


def test_each_of_the_other_trainings_has_its_own_limit_and_failure(monkeypatch):
    def fails(device, sizes, how):
        raise ValueError("expected more\nof it")

    def hangs(device, sizes, how):
        while True:
            pass

    monkeypatch.setitem(TRAININGS, "align", fails)
    monkeypatch.setitem(TRAININGS, "flow", hangs)
    monkeypatch.setitem(TRAININGS, "layers", lambda device, sizes, how: lambda number: None)
    names = ("align", "flow", "layers")
    one, other, last = recorded(torch.device("cpu"), 0.0, SMALL, names, limit=2)
    assert one == {"align_failed": "ValueError: expected more"}
    assert other == {"flow_failed": "TimeoutError: stopped after 2 s"}
    assert last.keys() == {"layers_plain_per_s", "layers_recorded_per_s", "layers_ratio"}


def test_decoding_is_measured_as_the_page_does_it_and_eager(drawn_run: Path):
    (found,) = decode(drawn_run, (1, 2)) if not torch.cuda.is_available() else (None,)
    assert found is None or found.keys() == {*("1_ms", "1_in_flight_ms", "2_ms", "2_in_flight_ms")}


def test_the_live_route_is_measured_without_streamlit(drawn_run: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    (found,) = live((2,), 0.5)
    assert found["2_errors"] == 0
    assert found["2_pictures_per_s"] > 0
    assert found["2_p50_ms"] <= found["2_p95_ms"]


def test_it_needs_neither_streamlit_nor_umap():
    subprocess.run([sys.executable, "-c", ABSENT], check=True)


def test_the_command_tells_what_failed_and_ends_with_json(tmp_path: Path, capsys):
    command = ["gpu", "--parts", "steps", "decode", "--seconds", "0.2", "--logs", str(tmp_path)]
    assert main(command) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["torch"] == torch.__version__
    assert figures["failed"].keys() == {"steps", "decode"}  # nothing is imported so quickly
    assert {path.name for path in tmp_path.iterdir()} == {"steps.log", "decode.log"}
