"""Files of a group read back as what they were made from."""

import csv
import io

import numpy as np
import pytest

from explorer.faces.group_files import contact_sheet, group_csv, group_npz
from training.run.latents import Latents


@pytest.fixture
def faces() -> Latents:
    rng = np.random.default_rng(0)
    return Latents(
        ids=np.array([f"{k:06}.jpg" for k in range(9)]),
        partition=np.full(9, "validation"),
        mean=rng.standard_normal((9, 4)).astype(np.float32),
        logvar=rng.standard_normal((9, 4)).astype(np.float32),
        attributes=np.array(["Male", "Young", "5_o_Clock_Shadow"]),
        labels=rng.random((9, 3)) < 0.5,
        label_source="predicted",
        weights="0" * 16,
        data="",
    )


ROWS = np.arange(9) % 2 == 0


def test_the_table_has_a_line_for_each_face_of_the_group(faces: Latents):
    found = list(csv.DictReader(io.StringIO(group_csv(faces, ROWS))))
    assert [line["id"] for line in found] == list(faces.ids[ROWS])
    for k, name in enumerate(faces.attributes):
        assert [line[name] == "1" for line in found] == list(faces.labels[ROWS, k])


def test_the_latents_are_those_of_the_group_and_no_pickle(faces: Latents):
    with np.load(io.BytesIO(group_npz(faces, ROWS)), allow_pickle=False) as found:
        for name in ("ids", "mean", "logvar", "labels"):
            np.testing.assert_array_equal(found[name], getattr(faces, name)[ROWS])
        assert str(found["weights"]) == faces.weights
        assert str(found["label_source"]) == "predicted"


@pytest.mark.parametrize(("count", "columns", "shape"), [(5, 3, (18, 28)), (1, 3, (8, 8))])
def test_each_picture_has_its_place_on_the_contact_sheet(count: int, columns: int, shape: tuple):
    pictures = np.random.default_rng(1).integers(0, 256, (count, 8, 8, 3), np.uint8)
    sheet = contact_sheet(pictures, columns)
    assert sheet.shape == (*shape, 4)
    for k, picture in enumerate(pictures):
        y, x = 10 * (k // columns), 10 * (k % columns)
        np.testing.assert_array_equal(sheet[y : y + 8, x : x + 8, :3], picture)
    assert (sheet[..., 3] == 255).sum() == count * 64
