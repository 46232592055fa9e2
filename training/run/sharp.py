"""sharp.safetensors: a second decoder of the codes of a run, whose pictures are typical, not means.

Made by `python -m training sharpen`. Half precision; its metadata hold the key of the run's weights
("weights"), the decoder's widths and residual blocks, and figures of its making, all as JSON.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from data.json_text import parse_json
from training.model.config import ModelConfig
from training.model.networks import Decoder
from training.run.run_folder import (
    SHARP,
    RunError,
    check_key,
    quoted,
    read_config,
    unreadable,
    weights_key,
)
from training.run.tensors import BAD_TENSORS, halved, load_tensors, save_tensors


class SharpDecoder(nn.Module):
    """(B, D) codes -> (B, 3, S, S) pictures in [0, 1]; no likelihood comes with them.

    decoder: the network, whose outputs a sigmoid makes pictures. widths, blocks: of its levels.
    """

    def __init__(self, model: ModelConfig, widths: tuple[int, ...], blocks: int):
        super().__init__()
        self.widths, self.blocks = widths, blocks
        self.decoder = Decoder(
            ModelConfig(size=model.size, latent=model.latent, widths=widths, blocks=blocks)
        )

    def forward(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.decoder(z))


class SharpRenderer(NamedTuple):
    """A sharp decoder, frozen, and the figures that its training left."""

    network: SharpDecoder
    figures: dict[str, Any]


def save_sharp(run: Path, network: SharpDecoder, figures: dict[str, Any]) -> None:
    """Write sharp.safetensors into a run folder, with the key of the weights there."""
    metadata = {
        "weights": weights_key(run),
        "widths": json.dumps(network.widths),
        "blocks": json.dumps(network.blocks),
        "figures": json.dumps(figures, allow_nan=False),
    }
    save_tensors(run / SHARP, halved(network.state_dict()), metadata)


def has_sharp(run: Path) -> bool:
    """Whether the run folder has a sharp renderer, whole or not."""
    return (run / SHARP).is_file()


def load_sharp(run: Path, device: torch.device | str = "cpu") -> SharpRenderer:
    """The sharp renderer of a run folder in float32, in eval mode, without gradients.

    Raises RunError when it is missing, damaged or was trained on the codes of other weights.
    """
    config, command = read_config(run).model, _command(run)
    renderer, key = _read(run / SHARP, config, command)
    check_key(run, SHARP, key, command)
    renderer.network.to(memory_format=torch.channels_last)
    return SharpRenderer(renderer.network.eval().requires_grad_(False).to(device), renderer.figures)


def load_start(
    start: Path, model: ModelConfig, widths: tuple[int, ...], blocks: int
) -> tuple[SharpDecoder, str]:
    """A sharp decoder to begin a training with, and the key of the weights whose codes it drew.

    start: a file, or a run folder that has one; the codes may be those of other weights. Raises
    RunError when it is missing, damaged, of other codes' or pictures' sizes, or of other widths.
    """
    path = start / SHARP if start.is_dir() else start
    given = f"--widths {' '.join(map(str, widths))} --blocks {blocks}"
    renderer, key = _read(path, model, "name another --start, or start without one")
    network = renderer.network
    if (network.widths, network.blocks) != (widths, blocks):
        found = f"--widths {' '.join(map(str, network.widths))} --blocks {network.blocks}"
        raise RunError(f"a sharp renderer of {given} in {path}", found, f"train with {found}")
    return network, key


def _read(path: Path, model: ModelConfig, command: str) -> tuple[SharpRenderer, str]:
    """What the file holds, and the key of the weights in it. Raises RunError, naming `command`."""
    if not path.is_file():
        raise RunError(f"{path.name} in {path.parent}", "no such file", command)
    try:
        tensors, about = load_tensors(path)
        key, figures = about["weights"], parse_json(about["figures"])
        network = SharpDecoder(
            model, tuple(parse_json(about["widths"])), parse_json(about["blocks"])
        )
        network.load_state_dict({name: values.float() for name, values in tensors.items()})
    except BAD_TENSORS as error:
        raise unreadable(f"a readable {path}", path, error, command) from error
    return SharpRenderer(network, figures), key


def _command(run: Path) -> str:
    return f"python -m training sharpen {quoted(run)} --data DIR"
