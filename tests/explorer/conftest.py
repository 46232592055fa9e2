"""A private copy of the drawn run, to damage, and its parts."""

import shutil
from pathlib import Path

import pytest

from training.run.latents import Latents, load_latents


@pytest.fixture
def own_run(drawn_run: Path, tmp_path: Path) -> Path:
    """The run folder of the drawn faces once more."""
    return shutil.copytree(drawn_run, tmp_path / "own")


@pytest.fixture(scope="session")
def latents(drawn_run: Path) -> Latents:
    """The codes of the 320 drawn faces."""
    return load_latents(drawn_run)


@pytest.fixture(scope="session")
def faces(latents: Latents) -> Latents:
    """The codes of the 32 validation faces."""
    return latents.take(latents.rows("validation"))
