"""Files of judges: weights in half precision, figures beside them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import T_, DataError, in_short
from data.json_text import parse_json, read_json
from data.shipped import PRETRAINED
from training.judges.config import JudgesConfig
from training.run.files import write_json
from training.run.tensors import BAD_TENSORS, halved, load_tensors, save_tensors

if TYPE_CHECKING:
    import torch

    from training.judges.networks import JudgeSet

TRAINED_THROUGH, SCORING = "a", "b"  # the set that may be trained through, and the one that may not
SETS = (TRAINED_THROUGH, SCORING)


def judges_path(name: str, folder: Path = PRETRAINED) -> Path:
    """Of the weights of a set; its figures lie beside them, as .json."""
    return folder / f"judges_{name}.safetensors"


def save_network(path: Path, network: "JudgeSet", figures: dict[str, Any]) -> None:
    """Write the weights as float16 safetensors, with the network's options, and the figures."""
    about = {"network": json.dumps(asdict(network.config))}
    save_tensors(path, halved(network.state_dict()), about)
    write_json(path.with_suffix(".json"), figures)


def load_judges(
    name: str, folder: Path = PRETRAINED, device: "torch.device | str" = "cpu"
) -> "JudgeSet":
    """The judges "a" or "b": in eval mode, float32, their weights without gradients.

    Through "a" one may train: its scores have a gradient in the pictures. "b" only scores. Raises
    DataError when the file is missing or damaged.
    """
    import torch

    from training.judges.networks import JudgeSet

    config, weights = read_judges(name, folder)
    try:
        made = JudgeSet(config)
        made.load_state_dict({key: torch.from_numpy(values) for key, values in weights.items()})
    except BAD_TENSORS as error:
        raise damaged_judges(name, folder, error) from error
    made = made.eval().requires_grad_(False)
    return made.to(device).to(memory_format=torch.channels_last)


def read_judges(name: str, folder: Path = PRETRAINED) -> tuple[JudgesConfig, dict[str, np.ndarray]]:
    """What the networks of a set are, and their weights by name, in half precision.

    Raises DataError when the file is missing or damaged.
    """
    path = judges_path(name, folder)
    if not path.is_file():
        raise damaged_judges(name, folder, T_("no such file"))
    try:
        tensors, about = load_tensors(path, numpy=True)
        found = parse_json(about["network"])
        found = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
        return JudgesConfig(**found), tensors
    except (*BAD_TENSORS, AttributeError) as error:
        raise damaged_judges(name, folder, error) from error


def damaged_judges(name: str, folder: Path, found: Exception | str) -> DataError:
    """The error of a file that does not hold such judges."""
    command = f"python -m training judges --data DIR --out {folder} --set {name}"
    expected = T_("judges in {path}", path=judges_path(name, folder))
    return DataError(expected, in_short(found), T_("make it: {command}", command=command))


def judge_figures(name: str, folder: Path = PRETRAINED) -> dict[str, Any]:
    """What was measured of a set. Raises DataError when the file is missing or damaged."""
    path = judges_path(name, folder).with_suffix(".json")
    try:
        found = read_json(path)
        if not isinstance(found, dict):
            raise ValueError("no table of figures")
    except (OSError, ValueError) as error:
        command = f"python -m training judges --data DIR --out {folder} --set {name}"
        expected = T_("the figures of judges in {path}", path=path)
        raise DataError(expected, in_short(error), command) from error
    return found
