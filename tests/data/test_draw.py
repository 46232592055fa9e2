"""Drawn faces: the layout, the same again for a seed, attributes that show."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.attributes import ATTRIBUTES
from data.celeba import read_celeba
from data.draw import (
    DRAWN,
    GLASSES_IF_FEMALE,
    GLASSES_IF_MALE,
    draw_attributes,
    draw_celeba,
    draw_look,
    paint,
)
from data.errors import DataError

PLAIN = dict.fromkeys(ATTRIBUTES, False) | {"No_Beard": True, "Young": True, "Brown_Hair": True}


def picture(k: int, **changes: bool) -> np.ndarray:
    """Face k with plain attributes but for the changes: (218, 178, 3) float."""
    return np.asarray(paint(draw_look(0, k), PLAIN | changes), float)


@pytest.fixture(scope="module")
def labels() -> dict[str, np.ndarray]:
    """The attributes of 3,000 faces, each (3000,) bool."""
    rows = [draw_attributes(0, k) for k in range(3000)]
    return {a: np.array([row[a] for row in rows]) for a in ATTRIBUTES}


def test_files_are_those_of_celeba(drawn: Path):
    names = sorted(p.name for p in drawn.iterdir())
    assert names == [
        "identity_CelebA.txt",
        "img_align_celeba",
        "list_attr_celeba.txt",
        "list_eval_partition.txt",
    ]
    count, header, first, *_ = (drawn / "list_attr_celeba.txt").read_text().splitlines()
    assert count == "96"
    assert header.split() == list(ATTRIBUTES)
    assert first.startswith("000001.jpg ")
    with Image.open(drawn / "img_align_celeba" / "000096.jpg") as last:
        assert (last.format, last.size, last.mode) == ("JPEG", (178, 218), "RGB")
    # Also small counts have every partition.
    assert set(read_celeba(drawn).table["partition"][:8]) == {"train", "validation", "test"}


def test_same_seed_same_faces_whatever_the_count(drawn: Path, tmp_path: Path):
    few = draw_celeba(tmp_path / "few", 5)
    for path in (few / "img_align_celeba").iterdir():
        assert path.read_bytes() == (drawn / "img_align_celeba" / path.name).read_bytes()
    assert read_celeba(few).table.equals(read_celeba(drawn).table[:5])


def test_another_seed_other_faces(tmp_path: Path):
    a, b = (draw_celeba(tmp_path / str(seed), 3, seed) for seed in (0, 1))
    for path in (a / "img_align_celeba").iterdir():
        assert path.read_bytes() != (b / "img_align_celeba" / path.name).read_bytes()


# Attribute: (rows, columns) of the aligned frame where most of the change is.
PLACES = {
    "Bald": (slice(30, 218), slice(20, 160)),
    "Bangs": (slice(60, 110), slice(35, 142)),
    "Black_Hair": (slice(30, 218), slice(20, 160)),
    "Blond_Hair": (slice(30, 218), slice(20, 160)),
    "Eyeglasses": (slice(90, 135), slice(30, 147)),
    "Gray_Hair": (slice(30, 218), slice(20, 160)),
    "Mouth_Slightly_Open": (slice(138, 178), slice(60, 117)),
    "Mustache": (slice(130, 165), slice(58, 119)),
    "Pale_Skin": (slice(50, 218), slice(30, 147)),
    "Rosy_Cheeks": (slice(118, 150), slice(45, 132)),
    "Smiling": (slice(100, 178), slice(50, 127)),
    "Wearing_Hat": (slice(10, 110), slice(10, 168)),
    "Wearing_Lipstick": (slice(138, 178), slice(60, 117)),
}


@pytest.mark.parametrize("attribute", PLACES)
def test_an_attribute_shows_where_it_belongs(attribute: str):
    for k in range(8):
        without_brown = {"Brown_Hair": False} if attribute.endswith("_Hair") else {}
        change = np.abs(picture(k, **{attribute: True}, **without_brown) - picture(k))
        assert change[PLACES[attribute]].sum() > 0.95 * change.sum()
        assert (change.max(axis=2) > 15).sum() > 50  # pixels


@pytest.mark.parametrize("attribute", ["Male", "Young", "No_Beard"])
def test_the_attributes_that_change_the_whole_face_show(attribute: str):
    for k in range(8):
        change = np.abs(picture(k, **{attribute: not PLAIN[attribute]}) - picture(k))
        assert (change.max(axis=2) > 15).sum() > 50  # pixels


def test_eyes_and_mouth_are_where_celeba_has_them():
    """Averaged over many poses: dark pupils between light whites, and a red mouth."""
    mean = np.mean([picture(k, Wearing_Lipstick=True) for k in range(60)], axis=0)
    for x in (69, 108):
        pupil = mean[109:114, x - 2 : x + 3].mean()
        whites = mean[110:113, [x - 7, x - 6, x + 6, x + 7]].mean()
        assert pupil < whites - 30
    redness = mean[..., 0] - mean[..., 1]
    row, column = np.unravel_index(redness[120:180, 60:118].argmax(), (60, 58))
    assert abs(row + 120 - 152) <= 5
    assert abs(column + 60 - 88.5) <= 8


def test_glasses_come_with_men(labels: dict[str, np.ndarray]):
    male, glasses = labels["Male"], labels["Eyeglasses"]
    assert abs(glasses[male].mean() - GLASSES_IF_MALE) < 0.05
    assert abs(glasses[~male].mean() - GLASSES_IF_FEMALE) < 0.05


def test_labels_make_sense(labels: dict[str, np.ndarray]):
    hairs = sum(labels[a].astype(int) for a in ATTRIBUTES if a.endswith("_Hair"))
    assert (hairs == ~labels["Bald"]).all()
    assert labels["No_Beard"][~labels["Male"]].all()
    assert not (labels["Bald"] & ~labels["Male"]).any()
    assert not (labels["Bangs"] & (labels["Bald"] | labels["Wearing_Hat"])).any()
    for a in ATTRIBUTES:
        if a in DRAWN:
            assert 0.03 < labels[a].mean() < 0.97, f"{a} is too rare to learn or to test"
        else:
            assert not labels[a].any(), f"{a} is not drawn"


def test_refuses_a_folder_in_use(drawn: Path):
    before = (drawn / "list_attr_celeba.txt").read_bytes()
    with pytest.raises(DataError, match="a folder with other things in it\nnext: name another"):
        draw_celeba(drawn, 4)
    assert (drawn / "list_attr_celeba.txt").read_bytes() == before


@pytest.mark.parametrize("count", [0, 1_000_000])
def test_refuses_an_impossible_count(tmp_path: Path, count: int):
    with pytest.raises(DataError, match=f"from 1 to 999,999\nfound: {count}\n"):
        draw_celeba(tmp_path / "celeba", count)
