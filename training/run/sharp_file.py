"""sharp.safetensors: a second decoder of the codes of a run, whose pictures are typical, not means.

Made by `python -m training sharpen`. Half precision; its metadata hold the key of the run's weights
("weights"), the decoder's widths and residual blocks, and figures of its making, all as JSON.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data.json_text import parse_json
from training.model.config import ModelConfig
from training.run.run_folder import (
    SHARP,
    check_key,
    no_such_file,
    quoted,
    read_config,
    readable,
    unreadable,
)
from training.run.tensors import BAD_TENSORS, load_tensors


class SharpFile(NamedTuple):
    """config: of the decoder. weights: by name. figures: of its making. key: of the run's weights
    whose codes it draws.
    """

    config: ModelConfig
    weights: dict[str, np.ndarray]
    figures: dict[str, Any]
    key: str


def has_sharp(run: Path) -> bool:
    """Whether the run folder has a sharp renderer, whole or not."""
    return (run / SHARP).is_file()


def read_sharp(run: Path) -> SharpFile:
    """What the file of a run folder holds.

    Raises RunError when it is missing, damaged or was trained on the codes of other weights.
    """
    config, command = read_config(run).model, sharp_command(run)
    found = read_sharp_file(run / SHARP, config, command)
    check_key(run, SHARP, found.key, command)
    return found


def read_sharp_file(path: Path, model: ModelConfig, command: str) -> SharpFile:
    """The same of any file, for a model's codes and pictures. Raises RunError, naming `command`."""
    if not path.is_file():
        raise no_such_file(path, command)
    try:
        tensors, about = load_tensors(path, numpy=True)
        config = ModelConfig(
            size=model.size,
            latent=model.latent,
            widths=tuple(parse_json(about["widths"])),
            blocks=parse_json(about["blocks"]),
        )
        return SharpFile(config, tensors, parse_json(about["figures"]), about["weights"])
    except BAD_TENSORS as error:
        raise unreadable(readable(path), path, error, command) from error


def sharp_command(run: Path) -> str:
    """What makes it."""
    return f"python -m training sharpen {quoted(run)} --data DIR"
