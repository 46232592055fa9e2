"""A decoder network for a browser: one ONNX file from codes to pixels, weights in half precision.

A browser's onnxruntime computes in single precision, so the graph turns each weight into that once,
when it is opened; the file is half as large. Opset and operators as in onnx_decoder.py.
"""

from pathlib import Path

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper

from explorer.decoding.onnx_decoder import OUTPUT, graph
from training.model.networks import Decoder
from training.run.run_folder import RunError, load_model
from training.run.sharp import load_sharp

PIXELS = "pixels"
SIGMOIDS = ("fixed", "optimal", "learned", "laplace")  # whose mean is the sigmoid of the first
LEAST_HALVED = 64  # numbers; smaller constants are scales and shapes, which save nothing


def mean_for_web(run: Path) -> bytes:
    """ONNX of the means of p(x|z): "z" (B, D) float32 -> "pixels" (B, S, S, 3) uint8 RGB.

    Raises RunError for a damaged run and for an output distribution whose mean takes more than a
    sigmoid.
    """
    model = load_model(run, "cpu")
    if model.config.likelihood not in SIGMOIDS:
        raise RunError(
            f"an output distribution of {', '.join(SIGMOIDS)} for a page without a server",
            f"{model.config.likelihood} in {run}",
            "serve this run instead: streamlit run streamlit_app.py",
        )
    return _web_model(model.decoder, model.config.channels)


def sharp_for_web(run: Path) -> bytes:
    """The same of the sharp renderer. Raises RunError."""
    return _web_model(load_sharp(run, "cpu").network.decoder)


def _web_model(network: Decoder, channels: int = 3) -> bytes:
    model = graph(network)
    _halve(model.graph)
    _draw(model, channels)
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


def _draw(model: ModelProto, channels: int) -> None:
    """The decoder's outputs as pixels, as Decoder.decode makes them: grey ones three times."""
    of = model.graph
    constants: dict[str, np.ndarray] = {
        "channel_0": np.array([0], np.int64),
        "channel_last": np.array([channels], np.int64),
        "channels": np.array([1], np.int64),
        "white": np.array(255, np.float32),
    }
    of.initializer.extend(numpy_helper.from_array(v, name) for name, v in constants.items())
    of.node.extend(
        [
            # A distribution with a scale of its own tells it in later channels.
            helper.make_node("Slice", [OUTPUT, "channel_0", "channel_last", "channels"], ["own"]),
            helper.make_node("Sigmoid", ["own"], ["picture"]),
            helper.make_node("Mul", ["picture", "white"], ["levels"]),
            helper.make_node("Round", ["levels"], ["whole"]),
            helper.make_node("Cast", ["whole"], ["bytes"], to=TensorProto.UINT8),
            helper.make_node("Concat", ["bytes"] * (3 // channels), ["rgb"], axis=1),
            helper.make_node("Transpose", ["rgb"], [PIXELS], perm=[0, 2, 3, 1]),
        ]
    )
    del of.output[:]
    of.output.append(helper.make_tensor_value_info(PIXELS, TensorProto.UINT8, None))
