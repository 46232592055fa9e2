"""An AutoencoderKL that diffusers saved: https://github.com/huggingface/diffusers.

Its code is a small picture of several channels, 4 of 8x8 for a picture of 64x64. Laid out in a row
it is a vector of 256 numbers, of which each speaks of one place; nothing is lost or pooled.
"""

from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError
from data.json_text import read_json
from explorer.adapters.graphs import Graphs
from explorer.adapters.torch_functions import to_graphs
from training.run.run_folder import reason

ABOUT, KIND = "config.json", "AutoencoderKL"


def is_diffusers(folder: Path) -> bool:
    """Whether diffusers saved such a model there."""
    try:
        return read_json(folder / ABOUT)["_class_name"] == KIND
    except (OSError, ValueError, LookupError, TypeError):
        return False


def read_diffusers(folder: Path, pictures: np.ndarray) -> Graphs:
    """The model of a folder, as ONNX.

    pictures: some (B, C, S, S) float32, as the model takes them, to export it with. Raises
    DataError for a damaged folder, for weights that are no safetensors, and without diffusers.
    """
    import torch

    try:
        from diffusers import AutoencoderKL
    except ImportError as error:
        raise DataError(
            f"diffusers and what it needs, to read {folder}",
            reason(error),
            "pip install diffusers",
        ) from error
    try:
        model = AutoencoderKL.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, torch_dtype=torch.float32
        ).eval()
    except (OSError, ValueError, LookupError, TypeError, RuntimeError) as error:
        raise DataError(
            f"an {KIND} with weights as safetensors in {folder}",
            reason(error),
            "copy it again, or save it once more: model.save_pretrained(folder)",
        ) from error
    with torch.inference_mode():
        shape = model.encode(torch.from_numpy(pictures[:1])).latent_dist.mean.shape[1:]

    def encode(given: Any) -> tuple[Any, ...]:
        found = model.encode(given).latent_dist
        return found.mean.flatten(1), found.logvar.flatten(1)

    def decode(codes: Any) -> Any:
        return model.decode(codes.unflatten(1, shape)).sample

    return to_graphs(encode, decode, pictures, f"diffusers' {KIND}")
