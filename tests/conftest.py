"""What the tests share: CelebA if there is one, and drawn faces in its place."""

import os
from pathlib import Path

import pytest

from data.celeba import read_celeba
from data.draw import draw_celeba
from data.prepare import prepare
from data.prepared import Prepared


@pytest.fixture(scope="session")
def celeba_root() -> Path:
    """The folder of the real CelebA, or a part of it; skips the test when there is none."""
    root = Path(os.environ.get("CELEBA_ROOT") or Path(__file__).parents[1] / "data" / "celeba")
    if not root.is_dir():
        pytest.skip(f"needs CelebA: no folder {root}; set CELEBA_ROOT")
    return root


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """96 drawn faces in the layout of CelebA. Shared: copy before changing anything."""
    return draw_celeba(tmp_path_factory.mktemp("drawn") / "celeba", 96)


@pytest.fixture(scope="session")
def drawn_prepared(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The drawn faces prepared at 64x64. Shared: copy before changing anything."""
    return prepare(read_celeba(drawn), tmp_path_factory.mktemp("prepared") / "celeba64", workers=1)
