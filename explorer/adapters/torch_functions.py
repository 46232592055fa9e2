"""A model given as two functions of torch."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import DataError
from explorer.adapters.graphs import Graphs
from training.model.config import ConfigError
from training.run.run_folder import DECODER, ENCODER, reason

if TYPE_CHECKING:
    from torch import Tensor

# Modules, their methods, or functions that call them. What comes back is a tensor or several.
Encode = Callable[["Tensor"], "Tensor | tuple[Tensor, ...]"]
Decode = Callable[["Tensor"], "Tensor"]


def to_graphs(encode: Encode, decode: Decode, pictures: np.ndarray, source: str) -> Graphs:
    """Both functions as ONNX, compared with what torch computes.

    encode: pictures (B, C, S, S) float32 -> mean (B, D), or mean and log-variance. decode: codes
    (B, D) -> pictures. Modules among them are put into eval mode. pictures: some, as `encode` takes
    them, to try it with. Raises DataError for functions that fail, that are none of torch, or that
    cannot be exported; ConfigError without the packages that export.
    """
    import torch

    x = torch.from_numpy(pictures)
    with torch.inference_mode():
        posterior = _called("encode", encode, x)
        _called("decode", decode, posterior[0])
    with tempfile.TemporaryDirectory() as folder:
        encoder, decoder = Path(folder) / ENCODER, Path(folder) / DECODER
        _export(encoder, encode, x, ("mean", "logvar")[: len(posterior)])
        _export(decoder, decode, posterior[0].clone(), ("picture",))
        return Graphs(encoder.read_bytes(), decoder.read_bytes(), source)


def _called(name: str, function: Callable, given: "Tensor") -> tuple["Tensor", ...]:
    """What it makes of some input; one tensor or two."""
    from torch import Tensor, nn

    if isinstance(owner := getattr(function, "__self__", function), nn.Module):
        owner.eval()
    try:
        found = function(given)
    except Exception as error:  # whatever somebody else's code raises
        raise DataError(
            f"{name} that takes {tuple(given.shape)} float32",
            f"{type(error).__name__}: {reason(error)}",
            "prepare the pictures in the size and colours of the model, or wrap its function",
        ) from error
    tensors = (found,) if isinstance(found, Tensor) else found
    most = 2 if name == "encode" else 1
    if (
        not isinstance(tensors, tuple | list)
        or not 1 <= len(tensors) <= most
        or not all(isinstance(tensor, Tensor) for tensor in tensors)
    ):
        expected = ("one tensor of torch", "one tensor of torch, or mean and log-variance")[
            most - 1
        ]
        raise DataError(
            f"{expected} from {name}",
            f"{type(found).__name__}",
            "wrap the function so; a model of another library is exported to ONNX by that library, "
            "and adopted as two files",
        )
    return tuple(tensors)


def _export(path: Path, function: Callable, example: "Tensor", outputs: tuple[str, ...]) -> None:
    from torch import nn

    from training.release.export import write_onnx

    class Called(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.function = function
            # So that it is put into eval mode, and its weights are found.
            self.owner = getattr(function, "__self__", None)

        def forward(self, given: "Tensor") -> Any:
            return self.function(given)

    try:
        write_onnx(path, Called(), example, "given", outputs)
    except (ConfigError, DataError):
        raise
    except Exception as error:  # torch has a hundred reasons
        raise DataError(
            f"a {path.stem} that torch can export as ONNX",
            reason(error),
            "export it yourself and adopt the two files; Python that branches on values cannot be",
        ) from error
