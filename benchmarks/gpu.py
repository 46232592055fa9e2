"""Everything that is to be known of a GPU that is there for minutes: `python -m benchmarks gpu`.

Each part is a process of its own with a limit of time, one after the other, since two at once on
one GPU distort every figure. A part that fails or takes too long says so, and the next one begins;
what it had told until then counts. Their output lies in a folder, a file each. Needs neither
Streamlit nor umap nor the network.

    steps     steps of training: plain, recorded, compiled; the network that ships and one four
              times as wide, synthetic pictures
    recorded  steps of the other trainings: plain and recorded
    decode    codes to pictures, alone and beside a process that computes on the same GPU
    train     our loop at the batch of the preset gpu beside the customary one
    live      the live route for 1, 8, 64 and 256 sessions, without a browser
    tests     the tests that need a GPU
    all       a whole run folder of prepared pictures, where --prepared names some
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.live import SESSIONS, dragged, live_server, process
from benchmarks.measure import median_ms
from benchmarks.recorded import recorded
from benchmarks.train import matrix_rate, step_operations, train
from explorer.decoding.decode_queue import WORKERS
from explorer.decoding.decoder import Decoder
from explorer.decoding.networks_on_gpu import Drawing, NetworksOnGpu
from explorer.decoding.shared_model import SharedModel
from explorer.run.loaded import chosen_run
from training.compute.batches import PictureBatches, batch_steps
from training.compute.device import pick_device
from training.compute.processes import Processes
from training.compute.recording import WARM_UP, cuda_graph, recorded_on
from training.loop.presets import preset_configs
from training.loop.steps import Trainer
from training.model.config import ModelConfig, TrainingConfig
from training.run.latents import load_latents

SHARES = {  # of the time
    "steps": 3,
    "recorded": 4,
    "decode": 2,
    "train": 3,
    "live": 2,
    "tests": 3,
    "all": 12,
}
PICTURES, ALL_OF_CELEBA = 84_507, 162_770  # resident ones; training pictures of CelebA
BATCHES = (64, 256, 1024)
WIDER = 4
DECODED = (1, 8, 64, 256)  # faces
IN_FLIGHT = 40  # batches that as many threads draw as the live route has
SESSION_SECONDS = 3.0
TESTS = (
    "tests/training/compute/test_recording.py",
    "tests/training/judge/test_waits.py",
    "tests/training/loop/test_steps.py",
    "tests/training/loop/test_last_layers.py",
    "tests/training/optimization/test_descent.py",
    "tests/training/sharp/test_steps.py",
    "tests/training/judge/test_classifier.py",
    "tests/training/alignment/test_alignment.py",
    "tests/training/judges/test_learning.py",
    "tests/training/codes/test_flow.py",
    "tests/training/edits/test_steps.py",
    "tests/explorer/decoding/test_cuda_graphs.py",
)
NEIGHBOUR = """
import torch
a = torch.randn(4096, 4096, device="cuda", dtype=torch.bfloat16)
print("ready", flush=True)
while True:
    for _ in range(20):
        a @ a
    torch.cuda.synchronize()
"""

Figures = dict[str, Any]


def gpu(
    seconds: float, logs: Path, names: Sequence[str] = (), prepared: Path | None = None
) -> tuple[list[str], Figures]:
    """Run the parts: lines for people, and figures. logs: the folder of their output.

    names: of the parts, all where there are none. prepared: a prepared folder for the part `all`.
    """
    logs.mkdir(parents=True, exist_ok=True)
    todo = [name for name in SHARES if name in (names or SHARES)]
    if prepared is None and "all" in todo:
        todo.remove("all")
    end = time.monotonic() + seconds
    found: Figures = {"device": _device_name(), "torch": str(torch.__version__)}
    lines, failed = [f"on {found['device']}, torch {found['torch']}; logs in {logs}"], {}
    for place, name in enumerate(todo):
        left = end - time.monotonic()
        limit = left * SHARES[name] / sum(SHARES[later] for later in todo[place:])
        command = [sys.executable, "-m", "benchmarks", "gpu", "--part", name]
        command += ["--seconds", str(limit)]
        if prepared is not None:
            command += ["--prepared", str(prepared)]
        own, wrong = run_part(command, limit, logs / f"{name}.log")
        found |= {f"{name}_{key}": value for key, value in own.items()}
        lines += [f"{name:8}{key:44}{_cell(value)}" for key, value in own.items()]
        if wrong:
            failed[name] = wrong
            lines.append(f"{name:8}{wrong}")
    return lines, found | {"failed": failed}


def run_part(command: Sequence[str], limit: float, log: Path) -> tuple[Figures, str]:
    """Run a command for at most `limit` seconds: the last figures that it told, and what is wrong.

    It tells figures as lines of JSON. All that it started ends with it.
    """
    with log.open("w", encoding="utf-8") as output:
        child = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        wrong = ""
        try:
            if code := child.wait(max(0.1, limit)):
                wrong = f"failed with {code}, see {log.name}"
        except subprocess.TimeoutExpired:
            wrong = f"stopped after {limit:.0f} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    figures: Figures = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            if isinstance(told := json.loads(line), dict):
                figures |= told
    return figures, wrong


def part(name: str, seconds: float, prepared: Path | None = None) -> None:
    """Measure one part in this process. Prints figures as soon as it has some."""
    device = pick_device()
    parts: dict[str, Callable[[], Iterator[Figures]]] = {
        "steps": lambda: steps(device, 0.8 * seconds),
        "recorded": lambda: recorded(device, 0.8 * seconds),
        "decode": lambda: decode(chosen_run()),
        "train": _train,
        "live": live,
        "tests": _tests,
        "all": lambda: _all(prepared),
    }
    for figures in parts[name]():
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
        print(json.dumps(rounded), flush=True)


def steps(
    device: torch.device,
    seconds: float,
    model: ModelConfig | None = None,
    batches: Sequence[int] = BATCHES,
    count: int = PICTURES,
) -> Iterator[Figures]:
    """Milliseconds of a step, pictures a second, and the share of the matrix rate; ours first.

    count: synthetic pictures, resident. Compiling takes minutes, so it comes last.
    """
    model = model or preset_configs("celeba64")[0]
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (min(count, 4096), model.size, model.size, 3), np.uint8)
    resident = PictureBatches(pictures, np.resize(np.arange(len(pictures)), count), device)
    dtype, rate = matrix_rate(device)
    yield {f"{dtype}_tflops": rate / 1e12}
    wide = replace(model, widths=tuple(WIDER * width for width in model.widths))
    ways = [("", model, "recorded"), ("", model, "plain"), ("wide_", wide, "recorded")]
    ways += [("", model, "compiled"), ("wide_", wide, "compiled")]
    each = seconds / (len(ways) * len(batches))
    for size, network, way in ways:
        for batch in batches:
            training = TrainingConfig(epochs=10_000, batch=batch)
            trainer = Trainer(
                resident,
                network,
                training,
                10_000,
                Processes(device),
                recorded=recorded_on if way != "plain" else _as_it_is,
                compiled=way == "compiled",
            )
            ms = _step_ms(trainer, resident, batch, each / 2)
            per_s = 1000 * batch / ms
            name = f"{size}{way}_{batch}"
            yield {
                f"{name}_ms": ms,
                f"{name}_per_s": per_s,
                f"{name}_share_of_rate": per_s * step_operations(network, 1) / rate,
                f"{name}_all_of_celeba_s": ALL_OF_CELEBA / per_s,
            }


def _step_ms(trainer: Trainer, pictures: PictureBatches, batch: int, seconds: float) -> float:
    """Mean milliseconds of a step, as many as come in so many seconds, two at least."""
    order = batch_steps(len(pictures), batch, 10_000, 0, 0, 10**9, pictures.asked_on)
    for _ in range(WARM_UP + 2):
        trainer.step(*next(order), 1.0)
    _wait(pictures.device)
    started, done = time.perf_counter(), 0
    while done < 2 or time.perf_counter() - started < seconds:
        for _ in range(10 if pictures.device.type == "cuda" else 1):
            trainer.step(*next(order), 1.0)
            done += 1
        _wait(pictures.device)
    return 1000 * (time.perf_counter() - started) / done


def _as_it_is(device: torch.device, function: Callable) -> Callable:
    return function


def decode(run: Path, faces: Sequence[int] = DECODED) -> Iterator[Figures]:
    """Milliseconds of a batch from codes to bytes: as the page decodes, the same by several threads
    at once, and on a GPU eager, too; alone and in company.
    """
    model = SharedModel(run)
    decoder, networks = Decoder(model), model.networks
    drawing = networks.means()
    mean = load_latents(run).mean
    codes = np.resize(mean, (max(faces), mean.shape[1]))

    def eager(count: int) -> None:
        assert isinstance(networks, NetworksOnGpu)
        assert isinstance(drawing, Drawing)
        with networks.turn():
            drawing.pixels(torch.from_numpy(codes[:count]).to(networks.device)).cpu()

    def at_once(count: int) -> None:
        with ThreadPoolExecutor(WORKERS) as threads:
            list(threads.map(decoder.decode, [codes[:count]] * IN_FLIGHT))

    def measured(where: str) -> Figures:
        found = {}
        for count in faces:
            found[f"{count}{where}_ms"] = median_ms(partial(decoder.decode, codes[:count]), 20)
            many = median_ms(partial(at_once, count), 3, 1)
            found[f"{count}_in_flight{where}_ms"] = many / IN_FLIGHT
            if decoder.device != "cpu":
                found[f"{count}{where}_eager_ms"] = median_ms(partial(eager, count), 20)
        return found

    yield measured("")
    if decoder.device != "cuda":
        return
    assert isinstance(networks, NetworksOnGpu)
    assert isinstance(drawing, Drawing)
    own = drawing.pixels, torch.from_numpy(codes[:64]).to(networks.device)
    with networks.turn():
        yield waits("", *own)
    with process(sys.executable, "-c", NEIGHBOUR):
        yield measured("_beside")
        with networks.turn():
            yield waits("_beside", *own)


class Codes(NamedTuple):
    """codes: (B, D)."""

    codes: torch.Tensor


def waits(where: str, pixels: Callable, codes: torch.Tensor) -> Figures:
    """Milliseconds of a recorded graph and of each copy, by how they are waited for, on a GPU.

    They tell what is slow beside another process: the graph, a copy, or a way to wait.
    """
    pixels(codes)
    torch.cuda.synchronize()
    replay = cuda_graph(lambda given: (pixels(given.codes),), Codes(codes))
    (drawn,) = replay(Codes(codes))
    host = torch.empty(drawn.shape, dtype=drawn.dtype, pin_memory=True)
    pinned = codes.cpu().pin_memory()
    work: dict[str, Callable[[], object]] = {
        "graph": lambda: replay(Codes(codes)),
        "copy_in": lambda: codes.copy_(pinned, non_blocking=True),
        "copy_out": lambda: host.copy_(drawn, non_blocking=True),
    }

    def event(blocking: bool) -> torch.cuda.Event:
        found = torch.cuda.Event(blocking=blocking)
        found.record()
        return found

    def one_after_the_other(call: Callable[[], object], wait: Callable[[], object]) -> None:
        call()
        wait()

    def polled() -> None:
        found = event(False)
        while not found.query():
            pass

    ways: dict[str, Callable[[], object]] = {
        "stream": lambda: torch.cuda.current_stream().synchronize(),
        "blocking": lambda: event(True).synchronize(),
        "polled": polled,
    }
    return {
        f"{done}_{way}{where}_ms": median_ms(partial(one_after_the_other, call, wait), 20)
        for done, call in work.items()
        for way, wait in ways.items()
    }


def _train() -> Iterator[Figures]:
    yield train(preset="gpu" if pick_device().type == "cuda" else "celeba64", rounds=3)[1]


def live(sessions: Sequence[int] = SESSIONS, seconds: float = SESSION_SECONDS) -> Iterator[Figures]:
    """Pictures a second of all sessions together, and how long a step of a hand waits for its."""
    with live_server(chosen_run()) as url:
        for count in sessions:
            found = dragged(url, count, seconds)
            yield {f"{count}_{name}": value for name, value in found.items()}


def _tests() -> Iterator[Figures]:
    if find_spec("pytest") is None:
        yield {"skipped": "no pytest"}
        return
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", *TESTS]
    told = subprocess.run(command, capture_output=True, text=True)
    print(told.stdout)
    last = told.stdout.strip().splitlines()[-1:] or ["nothing"]
    yield {"said": last[0].strip("= "), "passed": told.returncode == 0}


def _all(prepared: Path | None) -> Iterator[Figures]:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        command = ["all", "--data", str(prepared), "--out", f"{scratch}/run", "--preset", "gpu"]
        code = subprocess.call([sys.executable, "-m", "training", *command])
    yield {"exit_code": code, "minutes": (time.perf_counter() - started) / 60}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _device_name() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else pick_device().type


def _cell(value: Any) -> str:
    return f"{value:12,.3f}" if isinstance(value, float) else f"{value!s:>12}"
