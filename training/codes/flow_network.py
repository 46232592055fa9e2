"""The network of the flow: which way codes move on their path from noise to faces (torch).

training/codes/flow.py trains it, training/codes/flow_sampler.py draws with it without torch.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

FREQUENCIES = 32  # of time, as sines and cosines
FASTEST = 100.0  # radians from t = 0 to t = 1, of the highest of them


@dataclass(frozen=True)
class FlowConfig:
    """What the network is: latent dimensions D, attributes A, and its widths."""

    latent: int
    attributes: int
    width: int = 512  # of the residual blocks
    depth: int = 6  # of them
    condition: int = 192  # width of what tells them time and labels
    dropout: float = 0.1  # share of a block's units left out in a step


class Block(nn.Module):
    """A residual block whose norm and gate are set by a condition (Peebles & Xie 2023, adaLN-Zero).

    (B, W) and (B, C) -> (B, W); at first it changes nothing.
    """

    def __init__(self, config: FlowConfig):
        super().__init__()
        width = config.width
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.adapt = nn.Linear(config.condition, 3 * width)
        self.dropout = nn.Dropout(config.dropout)
        nn.init.zeros_(self.adapt.weight)
        nn.init.zeros_(self.adapt.bias)

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        scale, shift, gate = self.adapt(condition).chunk(3, 1)
        inner = functional.silu(self.first(self.norm(h) * (1 + scale) + shift))
        return h + gate * self.second(self.dropout(inner))


class VelocityNetwork(nn.Module):
    """Velocity v(x, t, labels) of standardised codes x on x_t = (1 - t) noise + t code.

    What is learned is added to the velocity that leads to N(0, I), so that an untrained network
    draws from the Gaussian of the codes' means and spreads. center, spread: (D,) of the codes, kept
    with the weights.
    """

    center: Tensor
    spread: Tensor
    frequencies: Tensor

    def __init__(self, config: FlowConfig):
        super().__init__()
        self.config = config
        self.into = nn.Linear(config.latent, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width, elementwise_affine=False)
        self.out = nn.Linear(config.width, config.latent)
        self.time = nn.Linear(2 * FREQUENCIES, config.condition)
        self.time_again = nn.Linear(config.condition, config.condition)
        self.labels = nn.Linear(2 * config.attributes, config.condition)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.register_buffer("center", torch.zeros(config.latent))
        self.register_buffer("spread", torch.ones(config.latent))
        steps = torch.linspace(0, math.log(FASTEST), FREQUENCIES)
        self.register_buffer("frequencies", steps.exp())

    def conditions(self, t: Tensor, wanted: Tensor) -> Tensor:
        """What the blocks are told: times (B,) in [0, 1] and labels (B, A) -> (B, C).

        wanted: 1 to have an attribute, -1 to lack it, 0 for either.
        """
        angle = t[:, None] * self.frequencies
        time = self.time_again(functional.silu(self.time(torch.cat([angle.sin(), angle.cos()], 1))))
        return functional.silu(time + self.labels(torch.cat([wanted, wanted.abs()], 1)))

    def forward(self, x: Tensor, t: Tensor, wanted: Tensor) -> Tensor:
        """(B, D), (B,), (B, A) as in `conditions` -> (B, D) float32."""
        condition = self.conditions(t, wanted)
        h = self.into(x)
        for block in self.blocks:
            h = block(h, condition)
        return to_gaussian(t)[:, None] * x + self.out(self.norm(h)).float()


def to_gaussian(t: Tensor) -> Tensor:
    """Velocity over place on straight paths between two independent N(0, I): E[v|x] = a(t) x.

    a = (2 t - 1) / (t^2 + (1 - t)^2), the derivative of the logarithm of the paths' spread.
    """
    return (2 * t - 1) / (t.square() + (1 - t).square())
