"""The model that ships and the model of the drawn faces, opened."""

from pathlib import Path

import pytest

from data.shipped import SHIPPED
from explorer.faces import prepared_pictures
from explorer.run.loaded import Loaded, open_run


@pytest.fixture(autouse=True)
def no_pictures(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pictures of CelebA, even where they are on the disk: tests are the same everywhere."""
    monkeypatch.setattr(prepared_pictures, "PREPARED", tmp_path_factory.getbasetemp() / "none")


@pytest.fixture(scope="session")
def shipped() -> Loaded:
    """The model that ships; skips the test when it is not there."""
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    return open_run(SHIPPED)


@pytest.fixture(scope="session")
def loaded(drawn_run: Path) -> Loaded:
    """The small VAE of the drawn faces."""
    return open_run(drawn_run)
