"""A private copy of the drawn faces, to damage."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def own(drawn: Path, tmp_path: Path) -> Path:
    """The 96 drawn faces once more."""
    return shutil.copytree(drawn, tmp_path / "own")
