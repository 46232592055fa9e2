"""The decoder network on a CPU by onnxruntime, which draws a face in about half of torch's time.

One face is thirty small convolutions; onnxruntime keeps their weights packed for the processor and
calls no Python in between. The graph is written from the modules of the torch network, with the
operators of ONNX opset 17, in a fraction of a second and without a file.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

from training.compute.onnx_runtime import onnxruntime
from training.model.networks import Decoder, ResidualBlock

OPSET, IR_VERSION = 17, 8
CODE, OUTPUT = "z", "output"


def on_cpu(network: Decoder, threads: int) -> Callable[[Tensor], Tensor]:
    """What `network` computes on so many threads: (B, D) -> (B, 3 P, S, S) float32, any B > 0."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        graph(network).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda z: torch.from_numpy(session.run(None, {CODE: z.numpy()})[0])


def graph(network: Decoder) -> ModelProto:
    """The network as an ONNX model: "z" (B, D) -> "output" (B, 3 P, S, S)."""
    writer = _Writer(network.grid)
    x = writer.linear(network.stem, CODE)
    channels = network.stem.out_features // network.grid**2
    x = writer.shaped(x, channels)
    writer.layer(network.levels, x, OUTPUT)
    latent = network.stem.in_features
    made = helper.make_graph(
        writer.nodes,
        "decoder",
        [helper.make_tensor_value_info(CODE, TensorProto.FLOAT, ["batch", latent])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, None)],
        writer.constants,
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)


class _Writer:
    """Nodes and constants of a graph; methods add a layer to value `x` and name its result.

    side: height and width of the pictures at this place of the network.
    """

    def __init__(self, side: int):
        self.side = side
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def layer(self, module: nn.Module, x: str, out: str | None = None) -> str:
        if isinstance(module, nn.Sequential):
            for child in module[:-1]:
                x = self.layer(child, x)
            return self.layer(module[-1], x, out)
        if isinstance(module, ResidualBlock):
            h = self.layer(module.conv1, self.layer(module.activation, self.layer(module.norm1, x)))
            h = self.layer(module.conv2, self.layer(module.activation, self.layer(module.norm2, h)))
            return self._node("Add", x, h, out=out)
        if isinstance(module, nn.GroupNorm):
            return self._group_norm(module, x, out)
        if isinstance(module, nn.SiLU):
            return self._node("Mul", x, self._node("Sigmoid", x), out=out)
        if isinstance(module, nn.Conv2d) and module.padding_mode == "zeros":
            given = [self._constant(t) for t in (module.weight, module.bias) if t is not None]
            pads = [*module.padding, *module.padding]
            return self._node("Conv", x, *given, out=out, pads=pads)
        if isinstance(module, nn.PixelShuffle):
            factor = module.upscale_factor
            self.side *= factor
            return self._node("DepthToSpace", x, out=out, blocksize=factor, mode="CRD")
        raise TypeError(f"expected a layer that is written as ONNX here; found {module}")

    def linear(self, module: nn.Linear, x: str) -> str:
        weight, bias = self._constant(module.weight), self._constant(module.bias)
        return self._node("Gemm", x, weight, bias, transB=1)

    def shaped(self, x: str, channels: int) -> str:
        """(B, ...) -> (B, channels, side, side)."""
        shape = self._constant(np.array([-1, channels, self.side, self.side]))
        return self._node("Reshape", x, shape)

    def _group_norm(self, module: nn.GroupNorm, x: str, out: str | None) -> str:
        """Wu & He 2018: every group of channels is one instance of instance normalisation."""
        groups, channels = module.num_groups, module.num_channels
        ones, zeros = (self._constant(np.full(groups, v, np.float32)) for v in (1, 0))
        scale, shift = (self._constant(v[:, None, None]) for v in (module.weight, module.bias))
        h = self._node("Reshape", x, self._constant(np.array([0, groups, -1])))
        h = self._node("InstanceNormalization", h, ones, zeros, epsilon=module.eps)
        h = self._node("Mul", self.shaped(h, channels), scale)
        return self._node("Add", h, shift, out=out)

    def _constant(self, values: Tensor | np.ndarray) -> str:
        if isinstance(values, Tensor):
            values = values.detach().float().contiguous().cpu().numpy()
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def _node(self, kind: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        out = out or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out
