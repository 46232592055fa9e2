"""Named settings of `python -m training fit`: a preset gives defaults, options still override them.

Each is the options that differ from the defaults of training/model/config.py, in the user's
spelling.
"""

from typing import Any

from training.model.config import ModelConfig, TrainingConfig, from_options

PRESETS: dict[str, dict[str, Any]] = {
    "celeba64": {},
    "celeba128": {"size": 128, "widths": (32, 64, 96, 128, 192)},
    "hourglass": {"model": "ae"},
    "small": {"widths": (16, 32, 64, 96), "latent": 64, "epochs": 4},
    "small32": {"size": 32, "widths": (32, 64, 96), "latent": 16, "epochs": 30},
    "textbook": {"likelihood": "fixed"},
}
ABOUT = {
    "celeba64": "the network of the VAE that ships",
    "celeba128": "one level more, for data prepared with --size 128",
    "hourglass": "its twin without a prior, to compare with",
    "small": "a third of the time on a CPU, for a first try",
    "small32": "one level less, for data prepared with --size 32, such as digits",
    "textbook": "sigma 1 on [0, 1], as often copied: the rate counts too much, faces blur",
}


def preset_configs(name: str) -> tuple[ModelConfig, TrainingConfig]:
    """The network and the training of a preset, with nothing overridden."""
    given = PRESETS[name]
    return from_options(ModelConfig, given), from_options(TrainingConfig, given)
