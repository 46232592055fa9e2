"""A foreign model -> a run folder with everything that its page needs.

The networks are tried on pictures and stored; codes, report, vectors and map are then made by the
commands that make those of any run.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data.errors import DataError
from data.lock import one_writer
from data.prepared import Prepared, load_prepared
from data.schema import SCHEMA
from explorer.adapters.diffusers_folder import is_diffusers, read_diffusers
from explorer.adapters.fitting import fitting_config, some_pictures
from explorer.adapters.graphs import Graphs
from explorer.adapters.onnx_files import has_pair, read_files
from explorer.adapters.pythae_folder import is_pythae, read_pythae
from explorer.adapters.torch_functions import Decode, Encode, to_graphs
from explorer.derived.face_map import make_map
from explorer.derived.vectors import make_vectors
from training.model.config import TrainingConfig, check_pixel_range
from training.run.files import write_together
from training.run.onnx_pair import onnx_pair
from training.run.run_folder import (
    CONFIG,
    DECODER,
    EDITS,
    EFFECTS,
    ENCODER,
    FIRST_FACE,
    FLOW,
    LATENTS,
    MAP,
    PAIR,
    PEOPLE,
    REPORT,
    SECOND_STAGE,
    VECTORS,
    RunConfig,
    quoted,
    reason,
    refuse_others,
    versions,
    write_config,
)

MADE = (CONFIG, *PAIR, LATENTS, REPORT, VECTORS, MAP, SCHEMA, "reconstructions.png", "samples.png")
# What a run may be given afterwards.
LATER = (EDITS, EFFECTS, FLOW, PEOPLE, SECOND_STAGE, FIRST_FACE)
EXAMPLES = 5  # pictures that functions are exported with


def adopt(
    encode: Encode,
    decode: Decode,
    *,
    data: str | Path,
    out: str | Path,
    pixel_range: tuple[int, int] = (0, 1),
    source: str = "two functions",
) -> Path:
    """Adopt a model given as two functions of torch; returns the run folder `out`.

    encode: pictures (B, C, S, S) float32 -> mean (B, D) of q(z|x), or mean and log-variance.
    decode: codes (B, D) -> pictures (B, C, S, S). data: a prepared folder. pixel_range: what black
    and white are to both functions. source: where the model came from, for the page.
    Raises DataError, ConfigError, RunError.
    """
    prepared, out = load_prepared(data), Path(out)
    graphs = to_graphs(encode, decode, _examples(prepared, pixel_range), source)
    return _write(graphs, prepared, out, pixel_range)


def adopt_source(
    source: Sequence[Path], data: Path, out: Path, pixel_range: tuple[int, int] = (0, 1)
) -> Path:
    """Adopt a model given as files; returns the run folder `out`.

    source: a folder with encoder.onnx and decoder.onnx, or one that pythae or diffusers saved a
    model in, or two ONNX files. Others: as `adopt`.
    """
    prepared = load_prepared(data)
    return _write(_read(source, _examples(prepared, pixel_range)), prepared, out, pixel_range)


def _read(source: Sequence[Path], examples: np.ndarray) -> Graphs:
    if len(source) == 2:
        return read_files(*source)
    if len(source) > 2:
        raise DataError(
            "a folder, or an encoder and a decoder", f"{len(source)} files", "name two of them"
        )
    (folder,) = source
    if not has_pair(folder):
        if is_pythae(folder):
            return read_pythae(folder, examples)
        if is_diffusers(folder):
            return read_diffusers(folder, examples)
    return read_files(folder / ENCODER, folder / DECODER)


def _examples(prepared: Prepared, pixel_range: tuple[int, int]) -> np.ndarray:
    """Pictures to export functions with, as the model takes them: (B, C, S, S) float32."""
    black, white = pixel_range
    return some_pictures(prepared, EXAMPLES) * np.float32(white - black) + np.float32(black)


def _write(graphs: Graphs, prepared: Prepared, out: Path, pixel_range: tuple[int, int]) -> Path:
    from training.codes.encode import encode
    from training.compute.device import pick_device
    from training.judge.evaluate import evaluate

    check_pixel_range(pixel_range)
    with one_writer(out):
        refuse_others(out, (*MADE, *LATER), "adopted")
        try:
            pair = onnx_pair(graphs.encoder, graphs.decoder, pixel_range)
        except ValueError as error:
            raise DataError(
                f"two ONNX networks of one input each, from {graphs.source}",
                reason(error),
                "export them once more; onnxruntime must know their operators and opset",
            ) from error
        model = fitting_config(pair, prepared, graphs.source)
        config = RunConfig(model, TrainingConfig(), {}, versions())
        write_together(out, lambda folder: _networks(folder, graphs, config), last=CONFIG)
        encode(out, prepared)
        evaluate(out, prepared, pick_device("cpu"), importance_pictures=0, samples=0)
        make_vectors(out)
        make_map(out)
    print(f"adopted: EXPLORER_RUN={quoted(out)} streamlit run streamlit_app.py")
    return out


def _networks(folder: Path, graphs: Graphs, config: RunConfig) -> None:
    (folder / ENCODER).write_bytes(graphs.encoder)
    (folder / DECODER).write_bytes(graphs.decoder)
    write_config(folder, config)
