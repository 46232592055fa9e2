"""The network that says which of CelebA's 40 attributes a picture has, as a network of torch.

training/judge/classifier.py trains it; its maps and features also measure how alike pictures look
(training/judge/perceptual.py, training/judge/frechet.py).
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from data import ATTRIBUTES
from training.judge.classifier_file import CLASSIFIER as CLASSIFIER
from training.judge.classifier_file import ClassifierConfig as ClassifierConfig
from training.judge.classifier_file import damaged_classifier, read_classifier
from training.run.tensors import BAD_TENSORS, halved, save_tensors


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
    config, weights = read_classifier(path)
    try:
        network = AttributeNetwork(config)
        network.load_state_dict({name: torch.from_numpy(v) for name, v in weights.items()})
    except BAD_TENSORS as error:
        raise damaged_classifier(path, error) from error
    network = network.eval().requires_grad_(False)
    return network.to(device).to(memory_format=torch.channels_last)
