"""The sharp decoder as a network of torch, written to and read from sharp.safetensors."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from training.model.config import ModelConfig
from training.model.networks import Decoder
from training.run.run_folder import (
    SHARP,
    RunError,
    check_key,
    read_config,
    readable,
    unreadable,
    weights_key,
)
from training.run.sharp_file import SharpFile, read_sharp_file, sharp_command
from training.run.sharp_file import has_sharp as has_sharp
from training.run.tensors import BAD_TENSORS, halved, save_tensors


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


def load_sharp(run: Path, device: torch.device | str = "cpu") -> SharpRenderer:
    """The sharp renderer of a run folder in float32, in eval mode, without gradients.

    Raises RunError when it is missing, damaged or was trained on the codes of other weights.
    """
    config, command = read_config(run).model, sharp_command(run)
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
    found = read_sharp_file(path, model, command)
    try:
        network = _network(found, model)
    except BAD_TENSORS as error:
        raise unreadable(readable(path), path, error, command) from error
    return SharpRenderer(network, found.figures), found.key


def _network(found: SharpFile, model: ModelConfig) -> SharpDecoder:
    network = SharpDecoder(model, found.config.widths, found.config.blocks)
    weights = {name: torch.from_numpy(values).float() for name, values in found.weights.items()}
    network.load_state_dict(weights)
    return network
