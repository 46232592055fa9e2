"""Checkpoints: everything that a resumed run needs, as one safetensors file, no pickle.

Order, flips and noise are drawn from generators seeded by (seed, epoch) and (seed, step), so no
generator state has to be kept.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from training.run.run_folder import RunError, unreadable
from training.run.tensors import BAD_TENSORS, load_tensors, save_tensors


def save_checkpoint(
    path: Path,
    model: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    about: str = "",
) -> None:
    """Write weights, averaged weights, optimizer moments and the number of finished steps.

    about: what is trained, where the folder of the checkpoint does not say it.
    """
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{k}": torch.as_tensor(v) for k, v in moments.items()}
    save_tensors(path, tensors, {"step": str(step), "about": about})


def load_checkpoint(
    path: Path,
    model: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    about: str = "",
) -> int:
    """Restore what `save_checkpoint` wrote; returns the number of finished steps.

    Raises RunError when there is none, it is damaged, of another network or about something else.
    """
    start_anew = "start without --resume, into another folder"
    if not path.is_file():
        raise RunError(f"{path.name} in {path.parent}", "no such file", start_anew)
    try:
        tensors, metadata = load_tensors(path)
        step = int(metadata["step"])
        if (found := metadata.get("about", "")) != about:
            raise ValueError(f"one of {found}, not of {about}")
        model.load_state_dict(_under(tensors, "model."))
        average.load_state_dict(_under(tensors, "average."))
        state = optimizer.state_dict()
        state["state"] = {}
        for key, value in _under(tensors, "optimizer.").items():
            index, name = key.split(".")
            state["state"].setdefault(int(index), {})[name] = value
        optimizer.load_state_dict(state)
    except BAD_TENSORS as error:
        expected = f"a checkpoint of this network in {path}"
        raise unreadable(expected, path, error, start_anew) from error
    return step


def _under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


@contextlib.contextmanager
def keeping_checkpoint(path: Path) -> Iterator[None]:
    """Says what to do when a file cannot be written: the disk is full, or the folder is gone.

    path: of the checkpoint of what is being trained. Raises RunError in place of OSError.
    """
    try:
        yield
    except OSError as error:
        raise RunError(
            f"to write into {path.parent}",
            f"{error.strerror or error}; "
            f"{'the last checkpoint is whole' if path.is_file() else 'no run'}",
            "make room, then continue with --resume" if path.is_file() else "start anew",
        ) from error
