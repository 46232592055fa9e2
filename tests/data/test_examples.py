"""The examples are whole sets of labelled pictures."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from data.__main__ import main
from data.errors import DataError
from data.examples import ITEMS, ORIENTATIONS, PLACES, SIDE, paint_shape, write_example
from data.prepared import Prepared, load_prepared


def prepared(root: Path, out: Path) -> Prepared:
    assert main(["prepare", str(root), "--out", str(out), "--workers", "1"]) == 0
    return load_prepared(out)


def test_digits_are_those_of_scikit_learn(tmp_path: Path):
    assert main(["example", "digits", str(tmp_path / "digits"), "--count", "60"]) == 0
    with Image.open(tmp_path / "digits" / "pictures" / "000011.png") as picture:
        levels = np.asarray(picture)
    np.testing.assert_array_equal(levels, np.round(load_digits().images[10] * 255 / 16))
    found = prepared(tmp_path / "digits", tmp_path / "out")
    assert found.pictures.shape == (60, 32, 32, 1)
    assert found.schema.labels == tuple(f"digit_{k}" for k in range(10))
    assert found.schema.exclusive == (found.schema.labels,)
    assert (found.schema.one, found.schema.many) == ("digit", "digits")
    assert not found.schema.mirrored
    truth = load_digits().target[:60]
    np.testing.assert_array_equal(found.labels.argmax(1), truth)


def test_shapes_have_their_causes(tmp_path: Path):
    write_example("shapes", tmp_path / "shapes", 300)
    found = prepared(tmp_path / "shapes", tmp_path / "out")
    counts = {"shape": 3, "scale": 6, "orientation": ORIENTATIONS, "x": PLACES, "y": PLACES}
    assert found.schema.factors == counts
    assert found.schema.labels[-4:] == ("scale_high", "orientation_high", "x_high", "y_high")
    place, mass = np.arange(SIDE) + 0.5, found.pictures[..., 0].astype(float)
    x = (mass.sum(1) @ place) / mass.sum((1, 2))
    assert np.corrcoef(x, found.table["factor:x"])[0, 1] > 0.99
    area = mass.sum((1, 2))[found.labels[:, 2]]  # of squares
    scale = found.table["factor:scale"][found.labels[:, 2]]
    assert np.corrcoef(area, scale)[0, 1] > 0.95


def test_a_shape_is_where_and_as_it_is_asked_for():
    square = paint_shape("square", 1.0, 0, 0, PLACES - 1)
    rows, columns = np.nonzero(square > 127)
    assert abs(columns.mean() - 12) < 1
    assert abs(rows.mean() - (SIDE - 13)) < 1
    quarter = paint_shape("square", 1.0, 90, 0, PLACES - 1)
    assert np.abs(square.astype(int) - quarter).mean() < 1  # a square turned by 90 degrees
    assert np.abs(square.astype(int) - paint_shape("square", 1.0, 45, 0, PLACES - 1)).max() > 200


def test_fashion_mnist_is_read_from_its_files(tmp_path: Path):
    """Drawn stand-ins in its format, in place of the files that torchvision downloads."""
    raw = tmp_path / "clothes" / "downloaded" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, count in (("train", 40), ("t10k", 20)):
        pictures = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        items = (np.arange(count) % 10).astype(np.uint8)
        for kind, values in (("images-idx3", pictures), ("labels-idx1", items)):
            head = struct.pack(f">{values.ndim + 1}I", 0x0800 + values.ndim, *values.shape)
            content = head + values.tobytes()
            (raw / f"{name}-{kind}-ubyte").write_bytes(content)
            (raw / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))
    write_example("fashion-mnist", tmp_path / "clothes")
    found = prepared(tmp_path / "clothes", tmp_path / "out")
    assert len(found.table) == 60
    counts = found.table["partition"].value_counts().to_dict()
    assert counts == {"train": 36, "validation": 4, "test": 20}
    assert {name.removeprefix("item_") for name in found.schema.labels} == {
        item.replace("-", "_").replace(" ", "_") for item in ITEMS
    }
    assert found.schema.many == "garments"


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match="a folder with other things in it"):
        write_example("digits", tmp_path)
