"""What the networks of a set of judges are."""

from dataclasses import dataclass

from training.judges.places import SIZE
from training.model.config import ConfigError

KINDS = ("plain", "residual")


@dataclass(frozen=True)
class JudgesConfig:
    """What the networks of a set are. Raises ConfigError for a kind that there is not."""

    kind: str  # of KINDS
    widths: tuple[int, ...] = (24, 48, 80)  # channels per level of a band's network, finest first
    whole_widths: tuple[int, ...] = (24, 48, 96, 160)  # of the network of whole faces
    features: int = 32  # F, width of the layer below the outputs of a plain network of a band
    whole_features: int = 64  # the same for whole faces
    dropout: float = 0.2  # share of the features left out in a step
    size: int = SIZE  # pixels, side of the square picture

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"expected judges that are {' or '.join(KINDS)}; found {self.kind}")
        if self.size != SIZE:
            raise ConfigError(f"expected judges of pictures of {SIZE}x{SIZE}; found {self.size}")
