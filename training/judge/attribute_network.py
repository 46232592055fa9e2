"""The network that says which of CelebA's 40 attributes a picture has, and the file it is kept in.

training/judge/classifier.py trains it; its maps and features also measure how alike pictures look
(training/judge/perceptual.py, training/judge/frechet.py).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from data import ATTRIBUTES
from data.errors import DataError, quoted
from data.json_text import parse_json
from data.shipped import PRETRAINED
from training.model.config import ConfigError
from training.run.tensors import BAD_TENSORS, halved, load_tensors, save_tensors

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


class Block(nn.Module):
    """(B, C, H, W) -> (B, C, H, W), a residual block (He et al. 2016)."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.layers(x))


class AttributeNetwork(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1] -> 40 logits, in the order of ATTRIBUTES.

    Every level halves the resolution by space-to-depth (Shi et al. 2016). `scale` and `shift`,
    both (40,), calibrate the logits; they are buffers, set after training.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, config: ClassifierConfig):
        super().__init__()
        self.config = config
        levels, previous = [], 3
        for width, blocks in zip(config.widths, config.blocks, strict=True):
            levels.append(
                nn.Sequential(
                    nn.PixelUnshuffle(2),
                    nn.Conv2d(4 * previous, width, 3, padding=1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                    *(Block(width) for _ in range(blocks)),
                )
            )
            previous = width
        self.levels = nn.ModuleList(levels)
        grid = config.size // 2 ** len(levels)
        self.embed = nn.Linear(previous * grid**2, config.features)
        self.norm = nn.BatchNorm1d(config.features)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.features, len(ATTRIBUTES))
        self.register_buffer("scale", torch.ones(len(ATTRIBUTES)))
        self.register_buffer("shift", torch.zeros(len(ATTRIBUTES)))

    def maps(self, x: Tensor) -> list[Tensor]:
        """The output of every level, finest first: (B, C, S / 2, S / 2), then halves of that."""
        h, found = 2 * x - 1, []
        for level in self.levels:
            h = level(h)
            found.append(h)
        return found

    def features(self, x: Tensor) -> Tensor:
        """(B, F): the layer below the outputs, at least 0."""
        return functional.relu(self.norm(self.embed(self.maps(x)[-1].flatten(1))))

    def logits(self, features: Tensor) -> Tensor:
        """(B, F) -> (B, 40) calibrated logits."""
        return self.scale * self.head(self.dropout(features)).float() + self.shift

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.features(x))


def save_classifier(path: Path, network: AttributeNetwork) -> None:
    """Write the weights as float16 safetensors; the network's options are in the metadata."""
    about = {"network": json.dumps(asdict(network.config))}
    save_tensors(path, halved(network.state_dict()), about)


def load_classifier(path: Path, device: torch.device | str = "cpu") -> AttributeNetwork:
    """Read what `classify` wrote: in eval mode, without gradients, float32.

    Raises DataError when it is missing or not this network's.
    """
    command = f"make it: python -m training classify --data DIR --out {quoted(path)}"
    if not path.is_file():
        raise DataError(f"the attribute classifier in {path}", "no such file", command)
    try:
        tensors, about = load_tensors(path)
        options = parse_json(about["network"])
        options |= {k: tuple(options[k]) for k in ("widths", "blocks")}
        network = AttributeNetwork(ClassifierConfig(**options))
        network.load_state_dict(tensors)
    except BAD_TENSORS as error:
        raise DataError(f"the attribute classifier in {path}", str(error)[:200], command) from error
    network = network.eval().requires_grad_(False)
    return network.to(device).to(memory_format=torch.channels_last)
