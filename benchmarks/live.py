"""The live route for many sessions at once, without a browser: `python -m benchmarks live`.

The sessions drag sliders as pages do (live_clients.py), and the route is served alone
(live_server.py), both on this machine: pictures a second of all sessions together, how many times
those of a single one that is, and how long after each step of a hand its picture came. A hand moves
60 times a second, so a session gets 60 pictures a second at most. Needs no Streamlit.
"""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.decoding.shared_model import SharedModel

SESSIONS, SECONDS, ROUNDS = (1, 8, 64, 256), 5.0, 3
FIGURES = ("pictures_per_s", "p50_ms", "p95_ms", "errors")


def live(
    run: Path,
    sessions: Sequence[int] = SESSIONS,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
) -> tuple[list[str], dict[str, Any]]:
    """Measure so many sessions with this run: medians of rounds, in turns. Raises RunError.

    seconds: that hands drag, each time. A ratio is to the first number of sessions.
    """
    device = SharedModel(run).device
    found: dict[int, list[dict[str, float]]] = {count: [] for count in sessions}
    with live_server(run) as url:
        for _ in range(rounds):
            for count in sessions:
                found[count].append(dragged(url, count, seconds))
    medians = {
        count: {name: statistics.median(one[name] for one in own) for name in FIGURES}
        for count, own in found.items()
    }
    alone = medians[sessions[0]]["pictures_per_s"]
    lines = [
        f"on {device}, {os.cpu_count()} cores; server and sessions on the same machine",
        "",
        "| sessions | pictures/s | times one | of a session | p50, ms | p95, ms | errors |",
        "|" + " --- |" * 7,
    ]
    figures: dict[str, Any] = {"device": device, "cores": os.cpu_count()}
    for count, own in medians.items():
        rate = own["pictures_per_s"]
        times = rate / alone
        lines.append(
            f"| {count} | {rate:.0f} | {times:.1f} | {rate / count:.1f} | {own['p50_ms']:.0f} "
            f"| {own['p95_ms']:.0f} | {own['errors']:.0f} |"
        )
        figures |= {f"{count}_{name}": value for name, value in own.items()}
        figures[f"{count}_times_one"] = times
    return lines, figures


def dragged(url: str, count: int, seconds: float) -> dict[str, float]:
    """One round of so many sessions: FIGURES of all together."""
    clients = [sys.executable, "-m", "benchmarks.live_clients", url, str(count), str(seconds)]
    told = subprocess.run(clients, input="go\n", capture_output=True, text=True, check=True)
    found = json.loads(told.stdout.splitlines()[-1])
    p50, p95 = np.percentile(found["waits"], (50, 95))
    return {
        "pictures_per_s": sum(found["pictures_per_s"]),
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        "errors": found["errors"],
    }


@contextlib.contextmanager
def live_server(run: Path) -> Iterator[str]:
    """The live route of this run in a process of its own: its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (sys.executable, "-m", "benchmarks.live_server", str(port))
    with process(*command, environment={"EXPLORER_RUN": str(run)}):
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def process(*command: str, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """A process beside this one, from when it says "ready". environment: what it has besides."""
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    try:
        assert child.stdout is not None  # asked for above
        if child.stdout.readline().strip() != "ready":
            raise RuntimeError(f"expected {command[1:3]} to be ready; found that it ended")
        yield
    finally:
        child.kill()
        child.wait()
