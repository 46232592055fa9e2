"""The network that tells drawings from pictures, as a whole and in patches."""

from typing import NamedTuple, cast

from torch import Tensor, nn
from torch.nn import functional

HIDDEN = 256  # width of the layer before the score of the whole
SLOPE = 0.2  # of the leaky ReLU below 0


class Judgement(NamedTuple):
    """What a discriminator makes of B pictures, float32 but for the maps.

    whole: (B,) higher for what looks like a picture. patches: (B, H, W) the same of overlapping
    patches. maps: the output of every level, finest first, (B, C, S / 2, S / 2), then halves.
    """

    whole: Tensor
    patches: Tensor
    maps: list[Tensor]


def begin(module: nn.Module) -> nn.Module:
    """The module with fresh weights that keep the size of what passes (He et al. 2015)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=SLOPE)
            nn.init.zeros_(cast(Tensor, layer.bias))
    return module


class Block(nn.Module):
    """(B, C, H, W) -> (B, C, H, W), residual, without normalisation; starts as the identity.

    A normalisation over the batch would tie pictures to one another, and a gradient penalty of one
    picture would mean nothing; so R3GAN, and Zhang et al. 2019 (Fixup) for the start.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        begin(self)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(functional.leaky_relu(x, SLOPE))
        return x + self.conv2(functional.leaky_relu(h, SLOPE))


class Discriminator(nn.Module):
    """Pictures (B, 3, S, S) in [-1, 1] -> Judgement. The patches are those of the last level but
    one. Every level halves the resolution by space-to-depth (Shi et al. 2016).
    """

    def __init__(self, size: int, widths: tuple[int, ...]):
        super().__init__()
        levels, previous = [], 3
        for width in widths:
            enter = nn.Conv2d(4 * previous, width, 3, padding=1)
            levels.append(nn.Sequential(begin(enter), Block(width)))
            previous = width
        self.levels = nn.ModuleList(levels)
        self.patches = begin(nn.Conv2d(widths[-2], 1, 1))
        self.hidden = begin(nn.Linear(widths[-1] * (size // 2 ** len(widths)) ** 2, HIDDEN))
        self.whole = begin(nn.Linear(HIDDEN, 1))

    def forward(self, x: Tensor) -> Judgement:
        h, maps = x, []
        for level in self.levels:
            h = level(functional.pixel_unshuffle(h, 2))
            maps.append(h)
            h = functional.leaky_relu(h, SLOPE)
        patches = self.patches(functional.leaky_relu(maps[-2], SLOPE))[:, 0]
        hidden = functional.leaky_relu(self.hidden(h.flatten(1)), SLOPE)
        return Judgement(self.whole(hidden)[:, 0].float(), patches.float(), maps)
