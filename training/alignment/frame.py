"""What the alignment network sees and says, and where its weights are."""

from pathlib import Path

import numpy as np

from data.errors import T_, DataError, in_short, quoted
from data.shipped import PRETRAINED
from training.alignment.similarity import Similarity
from training.model.config import ModelConfig
from training.run.tensors import BAD_TENSORS, load_tensors

ALIGNER = PRETRAINED / "alignment.safetensors"
CENTER = 88.5 + 124j  # between eyes and mouth, in pixels of the frame; transforms turn about it
WINDOW = 104  # pixels of the frame, side of the window that the network sees
SIDE = 48  # pixels, side of that window as the network's input
LARGEST_OFFSETS = (24.0, 24.0, 0.35, 0.7)  # pixels, pixels, log scale, radians: what is learned
ITERATIONS = 3  # of estimating and correcting
NETWORK = ModelConfig(size=SIDE, widths=(8, 16, 32, 64))


def place_of(shares: np.ndarray) -> Similarity:
    """The network's answer (4,), shares of LARGEST_OFFSETS, as a transform of Python numbers."""
    dx, dy, log_scale, angle = (
        float(part) for part in shares * np.array(LARGEST_OFFSETS, np.float32)
    )
    return Similarity(complex(np.exp(log_scale + 1j * angle)), complex(dx, dy))


def read_aligner(path: Path) -> dict[str, np.ndarray]:
    """The weights by name. Raises DataError when the file is missing or damaged."""
    if not path.is_file():
        raise damaged_aligner(path, T_("no such file"))
    try:
        return load_tensors(path, numpy=True).tensors
    except BAD_TENSORS as error:
        raise damaged_aligner(path, error) from error


def damaged_aligner(path: Path, found: Exception | str) -> DataError:
    """The error of a file that is not this network's."""
    command = f"python -m training align --data CELEBA --out {quoted(path)}"
    expected = T_("the alignment network in {path}", path=path)
    return DataError(expected, in_short(found), T_("make it: {command}", command=command))
