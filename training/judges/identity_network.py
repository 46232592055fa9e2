"""The network that says how much two pictures look like one person."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from training.judges.networks import Residual
from training.judges.places import SIZE
from training.model.config import ConfigError


@dataclass(frozen=True)
class IdentityConfig:
    """What it is. Raises ConfigError for pictures of another size."""

    widths: tuple[int, ...] = (24, 48, 96, 144)  # channels per level, finest first
    embedding: int = 96  # E, width of what it says of a picture
    size: int = SIZE  # pixels, side of the square picture

    def __post_init__(self) -> None:
        if self.size != SIZE:
            raise ConfigError(f"expected pictures of {SIZE}x{SIZE}; found {self.size}")


class IdentityNetwork(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1] -> (B, E) of length one.

    The inner product of two is the cosine between them: near 1 for pictures of one person.
    """

    def __init__(self, config: IdentityConfig):
        super().__init__()
        self.config = config
        self.trunk = Residual(config.widths)
        self.embed = nn.Linear(self.trunk.outputs, config.embedding, bias=False)
        self.norm = nn.BatchNorm1d(config.embedding, affine=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(self.norm(self.embed(self.trunk(2 * x - 1)).float()))
