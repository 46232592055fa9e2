"""The most memory that preparing and training hold, on synthetic pictures as many as CelebA's.

Each runs in a process of its own, whose largest resident size counts, pages of mapped files
included; told is how much that lies above the array of all pictures as bytes. One small JPEG stands
for all pictures. Preparing 202,599 of them takes minutes.
"""

import io
import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from data import ATTRIBUTES
from data.celeba import Celeba
from data.picture_files import PictureFolder
from data.prepare import prepare
from data.prepared import load_prepared
from training.compute.device import pick_device
from training.loop.loop import fit
from training.model.config import ModelConfig, TrainingConfig

TRAIN, HELD_OUT = 0.8, 0.9  # shares of the pictures up to which they are train, then validation
STEPS = 3  # of training: the second and third meet memory as the first left it


@dataclass(frozen=True)
class OnePicture(PictureFolder):
    """Every name reads the same JPEG, half as large as CelebA's."""

    path: Path = Path("synthetic")

    def reader(self) -> Callable[[str], bytes]:
        """A function from a name to the bytes of the file."""
        file = io.BytesIO()
        noise = np.random.default_rng(0).integers(0, 256, (109, 89, 3), np.uint8)
        Image.fromarray(noise).save(file, "JPEG", quality=80)
        return lambda name: file.getvalue()


def synthetic(count: int) -> Celeba:
    """CelebA with `count` pictures that are all the same."""
    ids = [f"{n:06}.jpg" for n in range(1, count + 1)]
    rank = np.arange(count) / count
    partition = np.where(rank < TRAIN, "train", np.where(rank < HELD_OUT, "validation", "test"))
    labels = np.random.default_rng(0).random((count, len(ATTRIBUTES))) < 0.5
    table = pd.DataFrame(labels, columns=list(ATTRIBUTES))
    table.insert(0, "identity", np.full(count, -1, np.int32))
    table.insert(0, "partition", partition)
    table.insert(0, "id", ids)
    return Celeba(Path("synthetic"), OnePicture(), ids, table, "synthetic", count, 0)


def memory(count: int) -> tuple[list[str], dict[str, Any]]:
    """Prepare and train on `count` synthetic pictures: lines for people, and figures."""
    figures: dict[str, Any] = {"pictures": count, "array_gb": count * 3 * 64**2 / 1e9}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, work in (("prepare", _prepare), ("fit", _fit)):
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, context) as alone:
                figures[f"{name}_peak_gb"] = alone.submit(work, folder, count).result()
            above = figures[f"{name}_peak_gb"] - figures["array_gb"]
            figures[f"{name}_above_array_gb"] = above
    lines = [
        f"{count:,} pictures of 64x64, {figures['array_gb']:.2f} GB as bytes",
        *(
            f"{name:8} {figures[f'{name}_peak_gb']:6.2f} GB at most, "
            f"{figures[f'{name}_above_array_gb']:.2f} GB above the array"
            for name in ("prepare", "fit")
        ),
    ]
    return lines, figures


def _prepare(folder: Path, count: int) -> float:
    prepare(synthetic(count), folder / "prepared", workers=1)
    return _peak_gb()


def _fit(folder: Path, count: int) -> float:
    prepared = load_prepared(folder / "prepared")
    training = TrainingConfig(epochs=1, batch=min(64, int(TRAIN * count)))
    fit(prepared, folder / "run", ModelConfig(), training, device=pick_device(), stop_after=STEPS)
    return _peak_gb()


def _peak_gb() -> float:
    """The most this process held, in GB.

    Linux hands a parent's ru_maxrss on to a started program, so its own high-water mark counts.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e9
