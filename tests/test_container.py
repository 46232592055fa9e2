"""The image of the Dockerfile: built, and run without root on a file system that is read-only."""

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.browser import PATIENCE, free_port

ROOT = Path(__file__).parents[1]
IMAGE = "latent-explorer-test"


@pytest.fixture(scope="module")
def engine() -> str:
    """docker or podman, whichever answers."""
    for name in ("docker", "podman"):
        if (
            shutil.which(name)
            and not subprocess.run([name, "info"], capture_output=True).returncode
        ):
            return name
    pytest.skip("needs docker or podman whose service runs")


@pytest.fixture(scope="module")
def container(engine: str) -> Iterator[tuple[str, str, int]]:
    """The engine, the name of a running container, and its port here."""
    if not os.environ.get("SLOW"):
        pytest.skip("builds an image, which takes minutes: SLOW=1 runs it")
    subprocess.run([engine, "build", "--quiet", "--tag", IMAGE, str(ROOT)], check=True)
    port = free_port()
    command = [engine, "run", "--detach", "--rm", "--read-only", "--tmpfs", "/tmp"]
    command += ["--publish", f"127.0.0.1:{port}:8501", IMAGE]
    started = subprocess.run(command, check=True, capture_output=True, text=True)
    name = started.stdout.strip()
    yield engine, name, port
    subprocess.run([engine, "stop", name], capture_output=True)


@pytest.mark.slow
def test_the_image_draws_a_face_without_root_and_is_healthy(container: tuple[str, str, int]):
    engine, name, port = container
    for _ in range(2 * PATIENCE):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
                assert answer.read() == b"ok"
                break
        except OSError:
            time.sleep(0.5)
    else:
        pytest.fail("the container never drew a face")
    inside = [engine, "exec", name]
    user = subprocess.run([*inside, "id", "-u"], check=True, capture_output=True, text=True)
    assert user.stdout.strip() == "1000"
    assert subprocess.run([*inside, "touch", "/here"], capture_output=True).returncode
    torch = [*inside, "python", "-c", "import torch"]
    assert subprocess.run(torch, capture_output=True).returncode
