"""The networks of a set of judges: small ones that see a band each, and one for the whole face."""

import hashlib
from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from data import ATTRIBUTES
from training.compute.device import constant
from training.judges.config import JudgesConfig as JudgesConfig
from training.judges.places import LEFT, LOCAL, ORDER, PLACES, WHOLE, Place
from training.run.tensors import halved


def convolution(inputs: int, outputs: int, stride: int, act: type[nn.Module]) -> nn.Sequential:
    """3x3, normalised over the batch, with an activation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), act()
    )


class Plain(nn.Module):
    """(B, 3, H, W) in [-1, 1] -> (B, F): convolutions, then a weight for every place.

    Every level halves the resolution. Smooth everywhere (SiLU), so that one can train through it.
    """

    def __init__(self, widths: tuple[int, ...], features: int, height: int, width: int):
        super().__init__()
        levels, previous = [], 3
        for channels in widths:
            levels.append(convolution(previous, channels, 2, nn.SiLU))
            if previous > 3:  # at the finest level a second one costs most and helps least
                levels.append(convolution(channels, channels, 1, nn.SiLU))
            previous, height, width = channels, (height + 1) // 2, (width + 1) // 2
        self.levels = nn.Sequential(*levels)
        self.embed = nn.Linear(previous * height * width, features, bias=False)
        self.norm = nn.BatchNorm1d(features)
        self.outputs = features

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(self.norm(self.embed(self.levels(x).flatten(1))))


class ResidualBlock(nn.Module):
    """(B, C, H, W) -> (B, C', H / 2, W / 2) (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = convolution(inputs, outputs, 2, nn.ReLU)
        self.second = convolution(outputs, outputs, 1, nn.Identity)
        self.skip = nn.Conv2d(inputs, outputs, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.skip(x) + self.second(self.first(x)))


class Residual(nn.Module):
    """(B, 3, H, W) in [-1, 1] -> (B, F): a residual block a level, then the mean over places."""

    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        pairs = pairwise(widths)
        self.levels = nn.Sequential(
            convolution(3, widths[0], 2, nn.ReLU),
            *(ResidualBlock(a, b) for a, b in pairs),
        )
        self.outputs = widths[-1]

    def forward(self, x: Tensor) -> Tensor:
        return self.levels(x).mean((2, 3))


class PlaceJudge(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1] -> (B, K) logits of the K attributes of a place."""

    def __init__(self, place: Place, config: JudgesConfig):
        super().__init__()
        self.place = place
        top, bottom = place.rows
        whole = place.name == WHOLE
        widths = config.whole_widths if whole else config.widths
        features = config.whole_features if whole else config.features
        self.trunk: Plain | Residual = (
            Plain(widths, features, bottom - top, config.size)
            if config.kind == "plain"
            else Residual(widths)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(self.trunk.outputs, len(place.attributes))

    def cut(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, 3, H, S): the rows of the place."""
        top, bottom = self.place.rows
        return x[:, :, top:bottom]

    def features(self, cut: Tensor) -> Tensor:
        """(B, 3, H, S) rows of the place -> (B, F): the layer below the outputs."""
        if self.place.hole:
            top, (upper, lower, left, right) = self.place.rows[0], self.place.hole
            cut = cut.clone()
            cut[:, :, upper - top : lower - top, left:right].fill_(0.5)
        return self.trunk(2 * cut - 1)

    def of_cut(self, cut: Tensor) -> Tensor:
        """(B, 3, H, S) rows of the place -> (B, K) logits."""
        return self.head(self.dropout(self.features(cut))).float()

    def forward(self, x: Tensor) -> Tensor:
        return self.of_cut(self.cut(x))


class JudgeSet(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1] -> 40 calibrated logits, in the order of ATTRIBUTES.

    Each attribute is judged by the network of its place. `whole` has what the network of whole
    faces says of all, and `features` what it sees. `scale`, `shift`, both (40,), calibrate; so do
    `whole_scale` and `whole_shift`. They are buffers, set after training. It is differentiable.
    """

    scale: Tensor
    shift: Tensor
    whole_scale: Tensor
    whole_shift: Tensor

    def __init__(self, config: JudgesConfig):
        super().__init__()
        self.config = config
        self.judges = nn.ModuleDict({place.name: PlaceJudge(place, config) for place in PLACES})
        for name in ("", "whole_"):
            self.register_buffer(f"{name}scale", torch.ones(len(ATTRIBUTES)))
            self.register_buffer(f"{name}shift", torch.zeros(len(ATTRIBUTES)))

    def of_place(self, name: str) -> PlaceJudge:
        """The network that judges a place."""
        judge = self.judges[name]
        assert isinstance(judge, PlaceJudge)
        return judge

    def forward(self, x: Tensor) -> Tensor:
        found = [self.judges[place.name](x) for place in LOCAL]
        left, order = (constant(tuple(of), x.device, torch.int64) for of in (LEFT, ORDER))
        found.append(self.of_place(WHOLE)(x)[:, left])
        return self.scale * torch.cat(found, 1)[:, order] + self.shift

    def whole(self, x: Tensor) -> Tensor:
        """(B, 40) calibrated logits by the network that sees the whole face."""
        return self.whole_scale * self.of_place(WHOLE)(x) + self.whole_shift

    def features(self, x: Tensor) -> Tensor:
        """(B, F): the layer below the outputs of the network of whole faces."""
        return self.of_place(WHOLE).features(x)

    def features_key(self) -> str:
        """16 hex digits of the weights that `features` depends on; calibration leaves them."""
        return tensors_key(self.of_place(WHOLE).trunk.state_dict())


def tensors_key(tensors: Mapping[str, Tensor]) -> str:
    """16 hex digits computed from names and values, as half precision keeps them."""
    digest = hashlib.sha256()
    for name, value in sorted(halved(tensors).items()):
        digest.update(name.encode())
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
