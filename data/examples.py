"""Other pictures than faces, ready to be prepared: a folder with a table and a dataset.json.

    python -m data example digits data/digits
    python -m data prepare data/digits

digits         1,797 handwritten digits of 8x8 (Alpaydin & Kaynak 1998); scikit-learn has them
shapes         drawn squares, ellipses and hearts whose five causes are known, as in dSprites
               (Matthey et al. 2017), so that it can be measured whether a code tells them apart
fashion-mnist  70,000 grey pictures of clothes (Xiao et al. 2017); torchvision downloads them
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from data.errors import DataError
from data.files import is_own_leftover, write_text
from data.labelled import DATASET

PICTURES, TABLE, DOWNLOADED = "pictures", "labels.csv", "downloaded"
Row = dict[str, Any]

SHAPES = ("square", "ellipse", "heart")
SCALES = tuple(round(0.5 + 0.1 * k, 1) for k in range(6))
ORIENTATIONS, PLACES = 40, 32  # of a full turn; across and down
SIDE, DETAIL, REACH = 64, 4, 11  # pixels, times as large while drawn, pixels from middle to edge
COUNT = 20_000

CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat")
SHOES = ("sandal", "sneaker", "ankle boot")
ITEMS = (*CLOTHES, SHOES[0], "shirt", SHOES[1], "bag", SHOES[2])  # in the order of their numbers


class Example(NamedTuple):
    """pictures: (H, W) uint8 each with what the table says of it. about: for dataset.json."""

    pictures: Iterable[tuple[np.ndarray, Row]]
    about: dict[str, Any]


def write_example(name: str, root: Path, count: int | None = None) -> Path:
    """Write an example of EXAMPLES below `root`; returns it. count: pictures at most.

    Raises DataError when `root` already holds something, or the pictures cannot be had.
    """
    held = root.iterdir() if root.is_dir() else ()
    if root.is_file() or any(not is_own_leftover(p.name) and p.name != DOWNLOADED for p in held):
        raise DataError(
            f"a new or empty folder for pictures at {root}",
            "a file" if root.is_file() else "a folder with other things in it",
            "name another one, or delete it.",
        )
    example = EXAMPLES[name](root, count)
    (root / PICTURES).mkdir(parents=True)
    text = io.StringIO()
    rows: csv.DictWriter | None = None
    for k, (picture, said) in enumerate(example.pictures):
        if k == count:
            break
        file = f"{k + 1:06d}.png"
        Image.fromarray(picture).save(root / PICTURES / file)
        row: Row = {"file": file} | said
        if rows is None:
            rows = csv.DictWriter(text, row, lineterminator="\n")
            rows.writeheader()
        rows.writerow(row)
    write_text(root / TABLE, text.getvalue())
    about = {"table": TABLE, "grey": True, **example.about}
    write_text(root / DATASET, json.dumps(about, indent=2) + "\n")
    return root


def _digits(root: Path, count: int | None) -> Example:
    from sklearn.datasets import load_digits

    found = load_digits()
    levels = np.round(found.images * 255 / 16).astype(np.uint8)
    both = zip(levels, found.target, strict=True)
    pictures = ((picture, {"digit": int(of)}) for picture, of in both)
    about = {"name": "digits", "one": "digit", "many": "digits", "size": 32}
    return Example(pictures, about | {"categories": ["digit"]})


def _shapes(root: Path, count: int | None) -> Example:
    about = {
        "name": "shapes",
        "one": "shape",
        "many": "shapes",
        "size": 64,
        "numbers": ["scale", "orientation", "x", "y"],
        "factors": ["shape", "scale", "orientation", "x", "y"],
    }
    return Example(_drawn(count or COUNT), about)


def _drawn(count: int, seed: int = 0) -> Iterator[tuple[np.ndarray, Row]]:
    """Each cause is drawn by itself; picture k of a seed is the same whatever the count."""
    for k in range(count):
        rng = np.random.default_rng([seed, k])
        shape, scale = SHAPES[rng.integers(len(SHAPES))], SCALES[rng.integers(len(SCALES))]
        turn, x, y = rng.integers(ORIENTATIONS), rng.integers(PLACES), rng.integers(PLACES)
        orientation = round(360 * turn / ORIENTATIONS)
        row: Row = {"shape": shape, "scale": scale, "orientation": orientation}
        yield paint_shape(shape, scale, orientation, int(x), int(y)), row | {"x": x, "y": y}


def paint_shape(shape: str, scale: float, orientation: float, x: int, y: int) -> np.ndarray:
    """(SIDE, SIDE) uint8, white on black.

    shape: of SHAPES. scale: 1 reaches REACH pixels from its middle. orientation: degrees. x, y:
    place of its middle, 0 to PLACES - 1 from left to right and from top to bottom.
    """
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    outline = {
        "square": np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / np.sqrt(2),
        "ellipse": np.stack([np.cos(angle), np.sin(angle) / 2], 1),
        "heart": np.stack(
            [
                16 * np.sin(angle) ** 3,
                -13 * np.cos(angle)
                + 5 * np.cos(2 * angle)
                + 2 * np.cos(3 * angle)
                + np.cos(4 * angle),
            ],
            1,
        )
        / 17,
    }[shape]
    radians = np.radians(orientation)
    turned = outline @ np.array(
        [[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]]
    )
    margin = REACH + 1
    middle = margin + np.array([x, y]) * (SIDE - 1 - 2 * margin) / (PLACES - 1)
    canvas = Image.new("L", (SIDE * DETAIL, SIDE * DETAIL))
    points = (middle + 0.5 + turned * scale * REACH) * DETAIL
    ImageDraw.Draw(canvas).polygon([tuple(p) for p in points], fill=255)
    return np.asarray(canvas.reduce(DETAIL))


def _fashion(root: Path, count: int | None) -> Example:
    try:
        from torchvision.datasets import FashionMNIST  # here: it takes seconds to import

        parts = {
            name: FashionMNIST(root / DOWNLOADED, train=name == "train", download=True)
            for name in ("train", "test")
        }
    except Exception as error:  # of the network, in many classes
        raise DataError(
            f"Fashion-MNIST, downloaded by torchvision into {root / DOWNLOADED}",
            f"{type(error).__name__}: {error}",
            f"try again, or put its four files into {root / DOWNLOADED}/FashionMNIST/raw.",
        ) from error
    pictures = (
        (picture, {"item": ITEMS[int(item)], "partition": _part(name, k)})
        for name, part in parts.items()
        for k, (picture, item) in enumerate(zip(part.data.numpy(), part.targets, strict=True))
    )
    about = {"name": "Fashion-MNIST", "one": "garment", "many": "garments", "size": 32}
    return Example(pictures, about | {"mirror": True})


def _part(name: str, k: int) -> str:
    """Every tenth of the training pictures is for validation."""
    return "validation" if name == "train" and k % 10 == 9 else name


EXAMPLES: dict[str, Callable[[Path, int | None], Example]] = {
    "digits": _digits,
    "shapes": _shapes,
    "fashion-mnist": _fashion,
}
