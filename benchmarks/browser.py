"""The app in a process of its own, and a Chromium to look at it: for benchmarks and tests."""

import contextlib
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from playwright.async_api import Browser as AsyncBrowser
    from playwright.sync_api import Browser, Page

REPOSITORY = Path(__file__).parents[1]
APP = REPOSITORY / "streamlit_app.py"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",  # WebGL without a GPU
)
FACE_MAP = '[aria-label="Face map"][data-frame]'  # has the attribute once it is drawn
EDITED_FACE = '[aria-label="Edited face"][data-frame]'  # has the attribute once it is painted
# To a new visitor the page begins by moving by itself; run as an init script, this keeps it still.
STILL = "try { localStorage.setItem('latent-space-explorer opening seen', '1') } catch {}"
PATIENCE = 240  # seconds until what is waited for counts as never coming, on a busy machine, too


class BrowserMissing(RuntimeError):
    """There is no Chromium, or no playwright to drive it; says what to install."""


class AppStopped(RuntimeError):
    """The app ended, or does not answer; carries its log."""


@dataclass(frozen=True)
class App:
    """A running `streamlit run`: where it answers and what it wrote."""

    url: str
    log: Path
    process: subprocess.Popen

    def wait_until_ready(self) -> None:
        """Return once a face can be drawn. Raises AppStopped."""
        self.wait("/health")

    def wait(self, path: str = "") -> None:
        """Return once the server answers, well, at a path. Raises AppStopped."""
        for _ in range(20 * PATIENCE):
            if self.process.poll() is not None:
                raise AppStopped(f"expected a running app; found its end:\n{self.log.read_text()}")
            with contextlib.suppress(OSError), urllib.request.urlopen(self.url + path, timeout=30):
                return
            time.sleep(0.05)
        raise AppStopped(f"expected an answer in {PATIENCE} s; found none:\n{self.log.read_text()}")


@contextlib.contextmanager
def running_app(
    log: Path,
    run: Path,
    script: Path = APP,
    base: str = "",
    options: Sequence[str] = (),
    python: Sequence[str] = (sys.executable,),
    env: Mapping[str, str] | None = None,
) -> Iterator[App]:
    """Start the app on a free port as `make app` does, and stop it afterwards. Does not wait.

    log: file for what it writes. run: the run folder to open. script: another app, to compare.
    base: path below which it is served, "explorer". options: more of `streamlit run`.
    python, env: how to start a Python, and what it is told beside this process's environment.
    """
    command = [*python, "-m", "streamlit", "run", str(script)]
    command += ["--server.baseUrlPath", base, *options, "--server.port"]
    path = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"EXPLORER_RUN": str(run.absolute()), "PYTHONPATH": os.pathsep.join(path)}
    with serving(
        log, command, REPOSITORY, own | dict(env or {}), f"/{base}" if base else ""
    ) as app:
        yield app


@contextlib.contextmanager
def serving(
    log: Path, command: Sequence[str], cwd: Path, env: Mapping[str, str], below: str = ""
) -> Iterator[App]:
    """The same for any command that takes a port as its last word. env: beside this process's."""
    port = free_port()
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*command, str(port)],
            cwd=cwd,
            env={**os.environ, **env, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield App(f"http://localhost:{port}{below}", log, process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def chromium() -> Iterator["Browser"]:
    """A headless Chromium. Raises BrowserMissing."""
    path = find_chromium()
    with _driver("sync_playwright") as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.asynccontextmanager
async def async_chromium() -> AsyncIterator["AsyncBrowser"]:
    """The same for a hand that does not wait for the page. Raises BrowserMissing."""
    path = find_chromium()
    async with _driver("async_playwright") as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


def _driver(name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"playwright.{name.split('_')[0]}_api"), name)()
    except ImportError as error:
        raise BrowserMissing(
            "expected: the Python package playwright\n"
            "found: none\n"
            "next: pip install -r requirements.txt"
        ) from error


def find_chromium() -> str:
    """Path of the Chromium on PATH. Raises BrowserMissing."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise BrowserMissing(
            f"expected: one of {', '.join(NAMES)} on PATH\n"
            "found: none\n"
            "next: install Chromium, on Debian and Ubuntu: apt-get install chromium"
        )
    return path


def wait_for_face(page: "Page") -> None:
    """Return once the edited face is on the screen."""
    page.locator(EDITED_FACE).wait_for(timeout=1000 * PATIENCE)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def wait_for_map(page: "Page") -> None:
    """Return once the points of the face map are on the screen."""
    page.locator(FACE_MAP).wait_for(timeout=1000 * PATIENCE)


def map_view(page: "Page") -> dict[str, float]:
    """Where the face map is looked at from, see camera.js: x, y, scale (pixels of a unit) ..."""
    wait_for_map(page)
    return json.loads(page.locator(FACE_MAP).get_attribute("data-view") or "null")


def places_on_screen(page: "Page", positions: np.ndarray) -> np.ndarray:
    """(N, 2) float: pixels of the window of points of a flat map. positions: (N, 2)."""
    view, box = map_view(page), page.locator(FACE_MAP).bounding_box()
    assert box, "the map is on the page"
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    away = (positions - [view["x"], view["y"]]) * view["scale"]
    return middle + away * [1, -view["tall"]]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]
