"""The attribute classifier as it is kept: its options, and its weights by name."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import T_, DataError, in_short, quoted
from data.json_text import parse_json
from data.shipped import PRETRAINED
from training.model.config import ConfigError
from training.run.tensors import BAD_TENSORS, load_tensors

CLASSIFIER = PRETRAINED / "attributes.safetensors"


@dataclass(frozen=True)
class ClassifierConfig:
    """What the network is. Raises ConfigError when its levels do not fit the picture."""

    size: int = 64  # pixels, side of the square picture
    widths: tuple[int, ...] = (24, 64, 128, 160)  # channels per level, finest first
    blocks: tuple[int, ...] = (0, 1, 1, 1)  # residual blocks per level
    features: int = 256  # F, width of the layer below the 40 outputs
    dropout: float = 0.3  # share of the features left out in a step

    def __post_init__(self) -> None:
        factor = 2 ** len(self.widths)
        if self.size <= 0 or self.size % factor:
            raise ConfigError(
                f"expected pictures of a size that is a multiple of {factor}; found {self.size}"
            )
        if len(self.widths) != len(self.blocks):
            raise ConfigError(f"expected blocks for each of {self.widths}; found {self.blocks}")


def read_classifier(path: Path) -> tuple[ClassifierConfig, dict[str, np.ndarray]]:
    """What `classify` wrote. Raises DataError when it is missing or damaged."""
    if not path.is_file():
        raise damaged_classifier(path, T_("no such file"))
    try:
        tensors, about = load_tensors(path, numpy=True)
        options = parse_json(about["network"])
        options |= {k: tuple(options[k]) for k in ("widths", "blocks")}
        return ClassifierConfig(**options), tensors
    except BAD_TENSORS as error:
        raise damaged_classifier(path, error) from error


def damaged_classifier(path: Path, found: Exception | str) -> DataError:
    """The error of a file that is not this network's."""
    command = f"python -m training classify --data DIR --out {quoted(path)}"
    expected = T_("the attribute classifier in {path}", path=path)
    return DataError(expected, in_short(found), T_("make it: {command}", command=command))
