"""Named settings of `python -m training fit`: a preset gives defaults, options still override them.

Each is the options that differ from the defaults of training/model/config.py, in the user's
spelling.
"""

from typing import Any

from training.model.config import ModelConfig, TrainingConfig, from_options


def at_batch(batch: int) -> dict[str, Any]:
    """Options for another batch than the default one: the learning rate and the averaging follow.

    The rate grows like the root of the batch, as for optimizers that take steps of a given size
    (Malladi et al. 2022, "On the SDEs and scaling rules for adaptive gradient algorithms"). The
    average forgets after as many pictures as before (Busbridge et al. 2023, "How to scale your
    EMA").
    """
    usual = TrainingConfig()
    times = batch / usual.batch
    rate, ema = usual.learning_rate * times**0.5, usual.ema**times
    return {"batch": batch, "learning_rate": round(rate, 6), "ema": round(ema, 6)}


PRESETS: dict[str, dict[str, Any]] = {
    "celeba64": {},
    "gpu": at_batch(256),
    "celeba128": {"size": 128, "widths": (32, 64, 96, 128, 192)},
    "hourglass": {"model": "ae"},
    "small": {"widths": (16, 32, 64, 96), "latent": 64, "epochs": 4},
    "small32": {"size": 32, "widths": (32, 64, 96), "latent": 16, "epochs": 30},
    "textbook": {"likelihood": "fixed"},
}
ABOUT = {
    "celeba64": "the network of the VAE that ships",
    "gpu": "the same in larger batches, as suits a GPU",
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
