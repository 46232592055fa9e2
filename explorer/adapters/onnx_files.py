"""A model given as two ONNX files."""

from pathlib import Path

from data.errors import DataError
from explorer.adapters.graphs import Graphs
from training.run.run_folder import PAIR, reason


def has_pair(folder: Path) -> bool:
    """Whether a folder has a file of either name."""
    return any((folder / name).is_file() for name in PAIR)


def read_files(encoder: Path, decoder: Path) -> Graphs:
    """The two graphs as they are; one whose weights lie in a file beside it is made whole.

    Raises DataError for a file that is missing or cannot be read, ModuleNotFoundError without onnx.
    """
    source = encoder.absolute().parent.name
    return Graphs(_read(encoder), _read(decoder), f"the ONNX files in {source}")


def _read(path: Path) -> bytes:
    import onnx
    from google.protobuf.message import DecodeError

    expected = f"a network in {path}"
    if not path.is_file():
        raise DataError(
            expected, "no such file", f"give a folder with {' and '.join(PAIR)}, or two files"
        )
    try:
        model = onnx.load(str(path), load_external_data=False)
        outside = any(
            onnx.external_data_helper.uses_external_data(weight)
            for weight in model.graph.initializer
        )
        if not outside:
            return path.read_bytes()
        # onnx refuses a place outside of the folder.
        onnx.external_data_helper.load_external_data_for_model(model, str(path.parent))
        return model.SerializeToString()
    except (OSError, ValueError, DecodeError, onnx.checker.ValidationError) as error:
        raise DataError(
            expected, reason(error), "export the model once more, as one ONNX file"
        ) from error
