"""A model given as two functions of torch."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError
from explorer.adapters.graphs import Graphs
from training.model.config import ConfigError
from training.run.run_folder import DECODER, ENCODER, reason

TRACED = 2  # pictures; the networks are compared on all that are given
Tensor = Any  # torch's: it is imported where functions of it are called
# Modules, their methods, or functions that call them.
Encode = Callable[[Tensor], Tensor | tuple[Tensor, ...]]
Decode = Callable[[Tensor], Tensor]


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


def _called(name: str, function: Callable, given: Tensor) -> tuple[Tensor, ...]:
    """What it makes of some input: one tensor, or two of an encoder."""
    import torch

    if isinstance(owner := getattr(function, "__self__", function), torch.nn.Module):
        owner.eval()
    try:
        found = function(given)
    except Exception as error:  # whatever somebody else's code raises
        raise DataError(
            f"{name} that takes {tuple(given.shape)} float32",
            f"{type(error).__name__}: {reason(error)}",
            "prepare the pictures in the size and colours of the model, or wrap its function",
        ) from error
    tensors = tuple(found) if isinstance(found, tuple | list) else (found,)
    of_encoder = name == "encode"
    if len(tensors) not in ((1, 2) if of_encoder else (1,)) or not all(
        isinstance(tensor, torch.Tensor) for tensor in tensors
    ):
        raise DataError(
            f"one tensor of torch{', or mean and log-variance,' * of_encoder} from {name}",
            f"{len(tensors)} of {', '.join(type(each).__name__ for each in tensors)}",
            "wrap the function so; a model of another library is exported to ONNX by that library, "
            "and adopted as two files",
        )
    return tensors


def _export(path: Path, function: Callable, example: Tensor, outputs: tuple[str, ...]) -> None:
    from torch import nn

    class Called(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.function = function
            # So that it is put into eval mode, and its weights are found.
            self.owner = getattr(function, "__self__", None)

        def forward(self, given: Tensor) -> Any:
            return self.function(given)

    try:
        _write(path, Called().eval(), example, outputs)
    except (ConfigError, DataError):
        raise
    except Exception as error:  # torch has a hundred reasons
        raise DataError(
            f"{path.stem} that torch can export as ONNX",
            reason(error.__cause__ if isinstance(error.__cause__, Exception) else error),
            "export it yourself and adopt the two files; Python that branches on values cannot be",
        ) from error


def _write(path: Path, network: Any, example: Tensor, outputs: tuple[str, ...]) -> None:
    """As ONNX for batches of any size, after a comparison with torch."""
    import torch

    from training.release.export import check_same

    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"expected onnx and onnxscript to adopt functions of torch; found no {error.name}; "
            "next: pip install onnx onnxscript"
        ) from error
    torch.onnx.export(
        network,
        (example[:TRACED].contiguous(),),
        str(path),
        input_names=["given"],
        output_names=list(outputs),
        dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    with torch.inference_mode():
        expected = network(example)
    tensors = expected if isinstance(expected, tuple) else (expected,)
    check_same(path.name, path.read_bytes(), {"given": example}, *tensors)
