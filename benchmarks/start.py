"""How long a user waits: from starting the app to the first face, and what decoding takes.

For the full install and for the light one, in turns, with the memory that the server then holds.
"""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.browser import PATIENCE, chromium, find_chromium, running_app, wait_for_face
from benchmarks.decode import decoder_alone
from benchmarks.installs import environment, linked, megabytes, needed


def start(run: Path, starts: int = 3) -> tuple[list[str], dict[str, Any]]:
    """Measure the decoder of `run`, then start the app on it some times.

    Raises RunError, BrowserMissing, AppStopped.
    """
    find_chromium()  # before minutes of measuring
    lines, figures = decoder_alone(run)
    sizes = {"": megabytes(needed(light=False)), "light_": megabytes(needed(light=True))}
    waits: dict[str, list[float]] = {"": [], "light_": []}
    memory: dict[str, list[float]] = {"": [], "light_": []}
    with tempfile.TemporaryDirectory() as folder:
        light = environment(linked(needed(light=True), Path(folder)))
        ways: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
            "": ([sys.executable], {}),
            "light_": ([sys.executable, "-S"], light),
        }
        for _ in range(starts):
            for name, (python, env) in ways.items():
                wait, held = _first_face(run, python, env)
                waits[name].append(wait)
                memory[name].append(held)
    told = [f"{'':34}{'first face':>12}{'memory':>12}{'packages':>12}"]
    for name, install in (("", "all packages"), ("light_", "the page alone")):
        wait, held = statistics.median(waits[name]), statistics.median(memory[name])
        told.append(f"{install:34}{wait:>10.1f} s{held:>9.0f} MB{sizes[name]:>9.0f} MB")
        figures |= {
            f"{name}first_face_s": wait,
            f"{name}memory_mb": held,
            f"{name}install_mb": sizes[name],
        }
    for what in ("first_face_s", "memory_mb", "install_mb"):
        figures[f"light_{what.rsplit('_', 1)[0]}_ratio"] = (
            figures[f"light_{what}"] / figures[what] if figures[what] else None
        )
    told.append(f"(medians of {starts} starts each, in turns)")
    return [*told, *lines], {"starts": starts} | figures


def _first_face(run: Path, python: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Seconds from the start of the process to the painted face in a browser that is open, and the
    MB that the server then holds (0 where the system does not tell).
    """
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        started = time.perf_counter()
        with running_app(Path(folder) / "app.log", run, python=python, env=env) as app:
            app.wait()
            page.goto(app.url)
            wait_for_face(page)
            return time.perf_counter() - started, resident_mb(app.process.pid)


def resident_mb(process: int) -> float:
    """The memory that a process holds, by Linux; 0 elsewhere."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    return int(found[1]) * 1024 / 1e6 if found else 0.0
