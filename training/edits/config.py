"""Every option of `python -m training steps`: one line each, checked when made."""

from dataclasses import dataclass
from math import inf

from training.model.config import check, option


@dataclass(frozen=True)
class EditConfig:
    """How steps are learned. Raises ConfigError when an option is out of range."""

    steps: int = option(2000, "N", "of the optimizer")
    batch: int = option(32, "N", "faces per step")
    hidden: int = option(256, "N", "units that see the face")
    others: float = option(8.0, "X", "weight of what else the judges see change")
    pixels: float = option(1.0, "X", "weight of pixels that change")
    realism: float = option(2.0, "X", "weight of codes that are told from faces'")
    learning_rate: float = option(4e-3, "X", "of directions; a fourth of it for the network")
    ema: float = option(0.995, "X", "decay of the averaged weights, per step")
    seed: int = option(0, "N", "of weights, faces and augmentations")

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "hidden"):
            check(getattr(self, name) >= 1, f"--{name} at least 1", getattr(self, name))
        for name in ("others", "pixels", "realism"):
            found = getattr(self, name)
            check(0 <= found < inf, f"--{name} at least 0 and finite", found)
        rate = self.learning_rate
        check(0 < rate < inf, "--learning-rate above 0 and finite", rate)
        check(0 <= self.ema < 1, "--ema in [0, 1)", self.ema)
        check(0 <= self.seed < 2**31, "--seed in [0, 2^31)", self.seed)
