"""How long a user waits: from starting the app to the first face, and what decoding takes."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.browser import PATIENCE, chromium, find_chromium, running_app, wait_for_face
from benchmarks.decode import decoder_alone


def start(run: Path, starts: int = 3) -> tuple[list[str], dict[str, Any]]:
    """Measure the decoder of `run`, then start the app on it some times.

    Raises RunError, BrowserMissing, AppStopped.
    """
    find_chromium()  # before minutes of measuring
    lines, figures = decoder_alone(run)
    waits = [_first_face(run) for _ in range(starts)]
    first = f"first face after starting the app {statistics.median(waits):7.1f} s"
    all_of_them = ", ".join(f"{wait:.1f}" for wait in waits)
    return (
        [f"{first} (median of {all_of_them})", *lines],
        {"first_face_s": statistics.median(waits), "starts": starts} | figures,
    )


def _first_face(run: Path) -> float:
    """Seconds from the start of the process to the painted face in a browser that is open."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        started = time.perf_counter()
        with running_app(Path(folder) / "app.log", run) as app:
            app.wait()
            page.goto(app.url)
            wait_for_face(page)
            return time.perf_counter() - started
