"""Models as bytes: onnx reads what was meant."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from training.graphs.autoencoder import (
    code_loss_graph,
    decoder_graph,
    encoder_graph,
    pixels_graph,
    posterior_graph,
)
from training.graphs.onnx_file import FLOAT, UINT8, constant, model, node, value
from training.model.config import ModelConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import build


def test_onnx_reads_every_kind_of_field():
    numbers = np.arange(300, dtype=np.float32).reshape(2, 150)
    made = onnx.load_from_string(
        model(
            [
                node("Transpose", ["x"], "t", {"perm": [0, 300, 1]}),
                node("Odd", ["t", "c"], "y", {"blocksize": 2, "mode": "CRD", "epsilon": 1e-5}),
            ],
            [value("x", UINT8, (64, 300))],
            [value("y", FLOAT, (2,))],
            [constant("c", numbers), constant("shape", np.array([0, 200]))],
        )
    )
    assert (made.ir_version, made.opset_import[0].version) == (8, 17)
    first, second = made.graph.node
    assert (first.op_type, [*first.input], [*first.output]) == ("Transpose", ["x"], ["t"])
    (perm,) = first.attribute
    assert (perm.name, perm.type, [*perm.ints]) == ("perm", onnx.AttributeProto.INTS, [0, 300, 1])
    told = {each.name: onnx.helper.get_attribute_value(each) for each in second.attribute}
    assert told == {"blocksize": 2, "mode": b"CRD", "epsilon": np.float32(1e-5)}
    given, shape = (numpy_helper.to_array(each) for each in made.graph.initializer)
    np.testing.assert_array_equal(given, numbers)
    assert (shape.dtype, shape.tolist()) == (np.int64, [0, 200])
    tensor = made.graph.input[0].type.tensor_type
    sides = [side.dim_param or side.dim_value for side in tensor.shape.dim]
    assert (tensor.elem_type, sides) == (UINT8, ["batch", 64, 300])
    assert FLOAT == onnx.TensorProto.FLOAT


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_onnx_finds_nothing_wrong_with_the_graphs(likelihood: str):
    config = ModelConfig(size=32, latent=5, widths=(8, 16), likelihood=likelihood)
    weights = {name: values.numpy() for name, values in build(config).state_dict().items()}
    for graph in (
        posterior_graph(weights, config),
        pixels_graph(weights, "decoder.", config),
        encoder_graph(weights, config),
        decoder_graph(weights, config),
        code_loss_graph(weights, config, 4.0),
    ):
        onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
