"""The pictures that faces were encoded from: their own, in their order, or none."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.prepared import PICTURES, Prepared
from explorer.faces import prepared_pictures
from explorer.faces.prepared_pictures import has_pictures, pictures_of
from training.run.latents import Latents


@pytest.fixture
def on_disk(drawn_many: Prepared, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """The prepared folder of the drawn faces, where such folders are looked for."""
    monkeypatch.setattr(prepared_pictures, "PREPARED", drawn_many.root.parent)
    return drawn_many


def test_faces_get_the_pictures_that_they_were_encoded_from(on_disk: Prepared, faces: Latents):
    some = faces.take(np.array([7, 0, 7]))
    assert has_pictures(some)
    rows = on_disk.rows("validation")[[7, 0, 7]]
    np.testing.assert_array_equal(pictures_of(some), on_disk.pictures[rows])


def test_of_another_preparation_are_none(on_disk: Prepared, faces: Latents):
    others = replace(faces, data="0" * 16)
    assert not has_pictures(others)
    assert pictures_of(others) is None


def test_a_disk_without_them_or_with_a_damaged_folder_has_none(
    drawn_many: Prepared, faces: Latents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prepared_pictures, "PREPARED", tmp_path / "none")
    assert pictures_of(faces) is None
    damaged = shutil.copytree(drawn_many.root, tmp_path / "some" / "celeba64")
    (damaged / PICTURES).write_bytes(b"")
    monkeypatch.setattr(prepared_pictures, "PREPARED", damaged.parent)
    assert not has_pictures(faces)
