"""Two files of ONNX: read as they are, and what is none is told."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from data.errors import DataError
from data.prepared import Prepared
from explorer.adapters import adopt_source
from explorer.adapters.onnx_files import read_files
from training.compute.onnx_runtime import program_of_others


def scaled(path: Path, opset: int = 20, inputs: int = 1, **saved) -> Path:
    """Writes a graph of (B, 3) float32 that multiplies by a weight of 2."""
    weight = numpy_helper.from_array(np.full((3, 1024), 2, np.float32), "weight")
    given = [
        helper.make_tensor_value_info(f"x{k}", TensorProto.FLOAT, ["B", 3]) for k in range(inputs)
    ]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", 1024])
    node = helper.make_node("MatMul", ["x0", "weight"], ["y"])
    graph = helper.make_graph([node], "scaled", given, [out], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.save(model, str(path), **saved)
    return path


def test_a_file_is_taken_as_it_is(tmp_path: Path):
    path = scaled(tmp_path / "a.onnx")
    found = read_files(path, path)
    assert found.encoder == found.decoder == path.read_bytes()
    assert found.source == f"the ONNX files in {tmp_path.name}"


def test_weights_beside_a_file_come_into_it(tmp_path: Path):
    outside = {"save_as_external_data": True, "location": "a.data", "size_threshold": 0}
    path = scaled(tmp_path / "a.onnx", **outside)
    assert (tmp_path / "a.data").is_file()
    whole = read_files(path, path).encoder
    (tmp_path / "a.data").unlink()
    (y,) = program_of_others(whole)(np.ones((2, 3), np.float32))
    np.testing.assert_array_equal(y, np.full((2, 1024), 6, np.float32))
    with pytest.raises(DataError, match=r"next: export the model once more, as one ONNX file"):
        read_files(path, path)


def test_what_is_no_graph_is_told(tmp_path: Path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"not one")
    with pytest.raises(DataError, match=rf"expected: a network in {path}\nfound: "):
        read_files(path, path)
    with pytest.raises(ValueError, match="2 inputs: x0, x1"):
        program_of_others(scaled(path, inputs=2).read_bytes())


def test_an_opset_of_the_future_is_told(tmp_path: Path, drawn_many: Prepared):
    path = scaled(tmp_path / "a.onnx", opset=99)
    with pytest.raises(DataError) as caught:
        adopt_source([path, path], drawn_many.root, tmp_path / "run")
    assert "opset" in caught.value.found
    assert "onnxruntime must know their operators and opset" in caught.value.next
    assert not (tmp_path / "run").exists()
