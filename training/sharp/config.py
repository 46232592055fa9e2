"""Every option of `python -m training sharpen`: one line each, checked when made."""

from dataclasses import dataclass
from math import inf

from training.model.config import check, option

KINDS = 4  # a batch's other codes come in fourths, see training/sharp/codes.py


@dataclass(frozen=True)
class SharpConfig:
    """How a sharp renderer is trained. Raises ConfigError when an option is out of range.

    The defaults are what one core of a CPU can do; a GPU has room for a batch of 128, 112 other
    codes and twice the discriminator's channels.
    """

    steps: int = option(6000, "N", "of decoder and discriminator; with --start also 0")
    # A fresh decoder draws nothing worth judging; beside a trained one a fresh discriminator is
    # blind, and what is sharp already would blur.
    alone: float = option(
        0.1, "X", "share in which the decoder learns alone, or the other if --start"
    )
    batch: int = option(32, "N", "pictures per step")
    # Pairs that show two different people drown what the other pairs tell, see docs/decisions.md.
    others: int = option(0, "N", "codes without a picture per step, a multiple of 4")
    noise: float = option(0.5, "X", "largest share of the posterior's noise in a code")
    widths: tuple[int, ...] = option((48, 96, 192, 256), "N", "channels per level, finest first")
    blocks: int = option(1, "N", "residual blocks per level")
    discriminator: tuple[int, ...] = option((32, 64, 128, 192), "N", "its channels per level")
    learning_rate: float = option(2e-4, "X", "of the decoder")
    discriminator_rate: float = option(4e-4, "X", "of the discriminator")
    perceptual: float = option(0.15, "X", "weight of the perceptual distance beside L1")
    matching: float = option(0.1, "X", "weight of the discriminator's features beside L1")
    adversarial: float = option(0.7, "X", "weight of the adversarial loss, balanced with L1")
    cycle: float = option(0.05, "X", "weight of codes found again, balanced likewise")
    penalty: float = option(0.2, "X", "weight of the gradient penalties at first")
    ema: float = option(0.998, "X", "decay of the averaged weights, per step")
    seed: int = option(0, "N", "of weights, codes, noise, augmentations")
    start: str = ""  # of which renderer it began with the weights, none for fresh ones

    def __post_init__(self) -> None:
        check(self.steps >= 0, "--steps at least 0", self.steps)
        check(0 <= self.alone < 1, "--alone in [0, 1)", self.alone)
        check(self.batch >= 1, "--batch at least 1", self.batch)
        whole = self.others >= 0 and self.others % KINDS == 0
        check(whole, f"--others a multiple of {KINDS}, 0 for none", self.others)
        check(0 <= self.noise < inf, "--noise at least 0 and finite", self.noise)
        check(self.blocks >= 0, "--blocks at least 0", self.blocks)
        for name in ("widths", "discriminator"):
            found = getattr(self, name)
            fit = len(found) > 1 and all(w > 0 and w % 8 == 0 for w in found)
            check(fit, f"--{name} as at least two multiples of 8", found)
        for name in ("learning_rate", "discriminator_rate", "penalty"):
            spelt = f"--{name.replace('_', '-')}"
            check(0 < getattr(self, name) < inf, f"{spelt} above 0 and finite", getattr(self, name))
        for name in ("perceptual", "matching", "adversarial", "cycle"):
            found = getattr(self, name)
            check(0 <= found < inf, f"--{name} at least 0 and finite", found)
        check(0 <= self.ema < 1, "--ema in [0, 1)", self.ema)
        check(0 <= self.seed < 2**31, "--seed in [0, 2^31)", self.seed)
