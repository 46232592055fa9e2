"""Every option of a model and of its training: one line each, checked when made.

A field that `option` makes is one of `python -m training fit`, with this very default and help;
training/sharp/config.py does likewise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from training.model.likelihoods import LIKELIHOODS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

KINDS = ("vae", "ae")
UNKNOWN = "unknown"  # the likelihood of an adopted model: its networks do not say it
# Far above what is of use, and far below what a file that somebody damaged could ask for.
MOST_LATENT, MOST_SIZE, MOST_WIDTH = 2**16, 2**12, 2**13  # dimensions, pixels, channels
MOST_LEVELS, MOST_BLOCKS = 12, 64
Config = TypeVar("Config", bound="DataclassInstance")


class ConfigError(ValueError):
    """An option that cannot be, said in the user's spelling."""


def option(
    default: Any,
    unit: str | None,
    help: str,
    *,
    name: str | None = None,
    choices: Sequence[str] | None = None,
) -> Any:
    """A field that the command line offers.

    unit: what stands for a value in the help. name: of the option, where it is not the field's.
    """
    about = {"unit": unit, "help": help, "name": name, "choices": choices}
    return field(default=default, metadata=about)


def options_of(config: type) -> dict[str, Field]:
    """The fields of a config that the command line offers, by the names of their options."""
    return {f.metadata["name"] or f.name: f for f in fields(config) if f.metadata}


def from_options(config: type[Config], given: Mapping[str, Any]) -> Config:
    """A config of the values that options were given, by their names; the others by default.

    given: may hold what is no option of it, too. Raises ConfigError.
    """
    named = options_of(config).items()
    return _from_dict(config, {f.name: given[name] for name, f in named if name in given})


def check(holds: bool, expected: str, found: Any) -> None:
    """Raises ConfigError where an option does not hold what it must."""
    if not holds:
        raise ConfigError(f"expected {expected}; found {found!r}")


def check_types(config: Any) -> None:
    """Raises ConfigError where a field is not of the kind of its default: 256 is, "256.0" is not.

    Whole numbers pass for others; true and false pass for no number.
    """
    for about in fields(config):
        value, default = getattr(config, about.name), about.default
        many = isinstance(default, tuple)
        each = value if many and isinstance(value, tuple) else (value,)
        kind = int if many else type(default)
        kinds = (int, float) if kind is float else (kind,)
        name = f"--{(about.metadata.get('name') or about.name).replace('_', '-')}"
        check(
            isinstance(value, tuple) == many
            and all(isinstance(v, kinds) and not isinstance(v, bool) for v in each),
            f"{name} as {_KINDS[kind]}{'s' * many}",
            value,
        )


def check_pixel_range(given: tuple[int, ...]) -> None:
    """Raises ConfigError where it is not two numbers, the larger one last."""
    rising = len(given) == 2 and given[0] < given[1]
    check(rising, "--pixel-range as black and a larger white", given)


_KINDS: dict[type, str] = {int: "whole number", float: "number", str: "word"}


def _from_dict(cls: type[Config], values: dict[str, Any]) -> Config:
    known = {field.name for field in fields(cls)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(
            f"expected {cls.__name__} options {', '.join(sorted(known))}; "
            f"found unknown {', '.join(unknown)}"
        )
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return cls(**given)


@dataclass(frozen=True)
class ModelConfig:
    """What the network is. Raises ConfigError when an option is out of range."""

    kind: str = option("vae", None, "VAE or hourglass", name="model", choices=KINDS)
    size: int = option(64, "PIXELS", "side of a picture")
    latent: int = option(256, "N", "dimensions of z")
    widths: tuple[int, ...] = option((32, 64, 128, 160), "N", "channels per level, finest first")
    blocks: int = option(1, "N", "residual blocks per level")
    encoder_blocks: tuple[int, ...] = option((), "N", "of the encoder's levels, if not --blocks")
    decoder_blocks: tuple[int, ...] = option((), "N", "of the decoder's levels, finest first")
    likelihood: str = option("optimal", "NAME", "see below", choices=LIKELIHOODS)
    sigma: float = option(1.0, "X", "of likelihood fixed, in the [0, 1] pixel range")
    channels: int = 3  # of a picture, told by the prepared ones: 1 where they are grey
    # Of a model that was trained elsewhere: what it came from, and what black and white are to its
    # networks. These lie beside as ONNX, and widths and blocks say nothing.
    adopted: str = ""
    pixel_range: tuple[int, ...] = (0, 1)

    def __post_init__(self) -> None:
        check_types(self)
        check(self.kind in KINDS, f"--model one of {', '.join(KINDS)}", self.kind)
        check(self.latent >= 1, "--latent at least 1", self.latent)
        check(self.latent <= MOST_LATENT, f"--latent at most {MOST_LATENT:,}", self.latent)
        check(self.channels in (1, 3), "1 or 3 channels", self.channels)
        check(self.size <= MOST_SIZE, f"--size at most {MOST_SIZE:,}", self.size)
        if self.adopted:
            check(self.size > 0, "--size above 0", self.size)
            check(not self.has_likelihood, f"likelihood {UNKNOWN}", self.likelihood)
            check_pixel_range(self.pixel_range)
        else:
            self._check_networks()

    def _check_networks(self) -> None:
        """Of networks of our own."""
        check(self.blocks >= 0, "--blocks at least 0", self.blocks)
        check(
            self.likelihood in LIKELIHOODS,
            f"--likelihood one of {', '.join(LIKELIHOODS)}",
            self.likelihood,
        )
        check(0 < self.sigma < inf, "--sigma above 0 and finite", self.sigma)
        check(
            len(self.widths) > 0 and all(w > 0 and w % 8 == 0 for w in self.widths),
            "--widths as multiples of 8 (the groups of the normalisation)",
            self.widths,
        )
        check(max(self.widths) <= MOST_WIDTH, f"--widths at most {MOST_WIDTH:,}", self.widths)
        levels = len(self.widths)
        check(levels <= MOST_LEVELS, f"--widths as at most {MOST_LEVELS} numbers", self.widths)
        for name in ("encoder_blocks", "decoder_blocks"):
            counts = getattr(self, name)
            check(
                not counts or (len(counts) == levels and min(counts) >= 0),
                f"--{name.replace('_', '-')} as {levels} numbers from 0 up, one for each level",
                counts,
            )
        most = max((self.blocks, *self.encoder_blocks, *self.decoder_blocks))
        check(most <= MOST_BLOCKS, f"--blocks at most {MOST_BLOCKS} per level", most)
        factor = 2**levels
        check(
            self.size > 0 and self.size % factor == 0,
            f"--size a multiple of {factor} ({levels} levels halve it)",
            self.size,
        )

    @property
    def has_likelihood(self) -> bool:
        """Whether the model tells p(x|z), and not its mean alone."""
        return self.likelihood != UNKNOWN

    @property
    def blocks_of_encoder(self) -> tuple[int, ...]:
        """Residual blocks of each level of the encoder, finest first."""
        return self.encoder_blocks or (self.blocks,) * len(self.widths)

    @property
    def blocks_of_decoder(self) -> tuple[int, ...]:
        """Residual blocks of each level of the decoder, finest first."""
        return self.decoder_blocks or (self.blocks,) * len(self.widths)

    @property
    def grid(self) -> int:
        """Side of the coarsest feature map, in cells."""
        return self.size // 2 ** len(self.widths)

    @property
    def values(self) -> int:
        """Values in one picture: channels * size * size."""
        return self.channels * self.size**2

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ModelConfig":
        """From plain JSON data; raises ConfigError on an unknown option."""
        return _from_dict(cls, values)


@dataclass(frozen=True)
class TrainingConfig:
    """How it is trained. Raises ConfigError when an option is out of range."""

    epochs: int = option(9, "N", "passes over the pictures")
    batch: int = option(64, "N", "pictures per step")
    learning_rate: float = option(2e-3, "X", "peak, of Muon")
    weight_decay: float = option(0.1, "X", "of matrices, times the learning rate")
    beta: float = option(1.0, "X", "weight of the rate, 1 is the ELBO")  # Higgins et al. 2017
    warm_up: float = option(0.0, "EPOCHS", "epochs in which beta rises from 0")  # Sonderby 2016
    free_bits: float = option(0.0, "BITS", "bits per dimension that cost nothing")  # Kingma 2016
    # See training/judge/perceptual.py.
    perceptual: float = option(0.0, "NATS", "per unit of the perceptual distance")
    ema: float = option(0.998, "X", "decay of the averaged weights, per step")
    clip: float = option(1.0, "X", "largest gradient norm")  # of the loss per value
    seed: int = option(0, "N", "of weights, order, flips, noise")
    start: str = ""  # key of the weights that it began with, none for fresh ones

    def __post_init__(self) -> None:
        check_types(self)
        check(self.epochs >= 1, "--epochs at least 1", self.epochs)
        check(self.batch >= 1, "--batch at least 1", self.batch)
        rate, decay = self.learning_rate, self.weight_decay
        check(0 < rate < inf, "--learning-rate above 0 and finite", rate)
        check(0 <= decay < inf, "--weight-decay at least 0 and finite", decay)
        check(0 <= self.beta < inf, "--beta at least 0 and finite", self.beta)
        up, free = self.warm_up, self.free_bits
        check(0 <= up <= self.epochs, f"--warm-up from 0 to --epochs {self.epochs}", up)
        check(0 <= free < inf, "--free-bits at least 0 and finite", free)
        check(0 <= self.perceptual < inf, "--perceptual at least 0 and finite", self.perceptual)
        check(0 <= self.ema < 1, "--ema in [0, 1)", self.ema)
        check(0 < self.clip < inf, "--clip above 0 and finite", self.clip)
        check(0 <= self.seed < 2**31, "--seed in [0, 2^31)", self.seed)

    def beta_at(self, epochs: float) -> float:
        """The weight of the rate after that many epochs."""
        return self.beta * min(1.0, epochs / self.warm_up) if self.warm_up else self.beta

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrainingConfig":
        """From plain JSON data; raises ConfigError on an unknown option."""
        return _from_dict(cls, values)


def refuse_contradictions(model: ModelConfig, training: TrainingConfig) -> None:
    """Raises ConfigError for an option that would have no effect beside the others."""
    likelihood, kind = f"--likelihood {model.likelihood}", f"--model {model.kind}"
    for holds, needed, option, beside in (
        (model.likelihood == "fixed", "--likelihood fixed", "sigma", likelihood),
        (model.kind == "vae", "--model vae", "beta", kind),
        (model.kind == "vae", "--model vae", "warm_up", kind),
        (model.kind == "vae", "--model vae", "free_bits", kind),
        (training.beta > 0, "--beta above 0", "warm_up", f"--beta {training.beta:g}"),
        (training.beta > 0, "--beta above 0", "free_bits", f"--beta {training.beta:g}"),
    ):
        owner = model if hasattr(model, option) else training
        value, default = getattr(owner, option), getattr(type(owner), option)
        name = f"--{option.replace('_', '-')}"
        check(
            holds or value == default,
            f"{name} with {needed} only",
            f"{name} {value:g} with {beside}",
        )
