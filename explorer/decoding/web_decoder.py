"""A decoder network for a browser: one ONNX file from codes to pixels, weights in half precision.

A browser's onnxruntime computes in single precision, so the graph turns each weight into that once,
when it is opened; the file is half as large. Opset and operators as in training/graphs/.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, TensorProto, helper, numpy_helper

from training.graphs.autoencoder import pixels_graph
from training.graphs.weights import read_weights
from training.model.config import ModelConfig
from training.run.run_folder import read_config
from training.run.sharp_file import read_sharp

LEAST_HALVED = 64  # numbers; smaller constants are scales and shapes, which save nothing


def mean_for_web(run: Path) -> bytes:
    """ONNX of the means of p(x|z): "z" (B, D) float32 -> "pixels" (B, S, S, 3) uint8 RGB.

    Raises RunError for a damaged run.
    """
    return _web_model(read_weights(run), read_config(run).model)


def sharp_for_web(run: Path) -> bytes:
    """The same of the sharp renderer. Raises RunError."""
    found = read_sharp(run)
    return _web_model(found.weights, found.config)


def _web_model(weights: dict[str, np.ndarray], config: ModelConfig) -> bytes:
    model = onnx.load_from_string(pixels_graph(weights, "decoder.", config))
    _halve(model.graph)
    return model.SerializeToString()


def _halve(of: GraphProto) -> None:
    """Large constants in half precision, each followed by what makes it single again."""
    for constant in of.initializer:
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < LEAST_HALVED:
            continue
        halved = f"{constant.name}_half"
        cast = helper.make_node("Cast", [halved], [constant.name], to=TensorProto.FLOAT)
        of.node.insert(0, cast)
        constant.CopyFrom(numpy_helper.from_array(values.astype(np.float16), halved))
