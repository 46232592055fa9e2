"""Download: torchvision's own code, and what is said when Google Drive does not give the files."""

import shutil
import sys
from pathlib import Path

import pytest
from torchvision.datasets import utils

from data.celeba import read_celeba
from data.download import FILES, download
from data.errors import DataError


def check_instructions(message: str, root: Path) -> None:
    """Official page, Kaggle copy, which files where, and the command afterwards."""
    assert "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html" in message
    assert "https://www.kaggle.com/datasets/jessicali9530/celeba-dataset" in message
    for name in (*FILES, "list_attr_celeba.csv", "img_align_celeba/img_align_celeba/000001.jpg"):
        assert f"{root}/{name}" in message
    assert message.endswith(f"python -m data prepare {root}")


@pytest.mark.parametrize(
    "refusal",
    [
        RuntimeError("Too many users have viewed or downloaded this file recently"),
        OSError("Network is unreachable"),
        RuntimeError("File not found or corrupted."),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path: Path, monkeypatch, refusal: Exception):
    def refuse(*_):
        raise refusal

    monkeypatch.setattr(utils, "download_file_from_google_drive", refuse)
    with pytest.raises(DataError) as error:
        download(tmp_path)
    assert str(refusal) in error.value.args[1]
    check_instructions(str(error.value), tmp_path)


def test_without_gdown(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gdown", None)  # as if it were not installed
    with pytest.raises(DataError, match="'gdown' is required") as error:
        download(tmp_path)
    assert "pip install gdown" in error.value.args[2]
    check_instructions(str(error.value), tmp_path)


def test_what_was_downloaded_can_be_read(own: Path, tmp_path: Path, monkeypatch):
    shutil.make_archive(str(own / "img_align_celeba"), "zip", own, "img_align_celeba")

    def fetch(file_id: str, root: Path, name: str, md5: str) -> None:
        root.mkdir(exist_ok=True)
        shutil.copy(own / name, root / name)

    monkeypatch.setattr(utils, "download_file_from_google_drive", fetch)
    paths = download(tmp_path / "celeba")
    assert [p.name for p in paths] == list(FILES)
    assert len(read_celeba(tmp_path / "celeba").table) == 96
