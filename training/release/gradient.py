"""gradient.onnx: which way a code fits its picture better, for programs without torch.

    gradient.onnx    z (1, D), picture (1, 3, S, S) float32 in [0, 1] -> gradient (1, D)

The gradient is that of `code_loss` in training/codes/refine.py with the beta of training. Scaled by
exp(logvar) of encoder.onnx it is a step: z - 0.2 * exp(logvar) * gradient, a few times.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.codes.refine import code_loss
from training.compute.randomness import Stream, seeded
from training.model.networks import VAE
from training.run.files import write_atomically

SEED = 0


def write_gradient(path: Path, model: VAE, beta: float) -> float:
    """Write the gradient as ONNX for one code at a time; returns its difference from autograd.

    That is the largest one, as a share of the largest value. model: frozen, in eval mode.
    """
    from training.compute.onnx_runtime import onnxruntime

    config = model.config
    generator = seeded(SEED, Stream.EXPORT_CHECK, 1)
    z = torch.randn(1, config.latent, generator=generator)
    x = torch.rand(1, config.channels, config.size, config.size, generator=generator)
    graph = _traced(model, beta, z, x)

    def write(temporary: Path) -> None:
        torch.onnx.export(
            graph.eval(),
            (z, x),
            str(temporary),
            input_names=["z", "picture"],
            output_names=["gradient"],
            dynamo=True,
            external_data=False,
            verbose=False,
        )

    write_atomically(path, write)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"z": z.numpy(), "picture": x.numpy()})
    expected = _gradient(model, beta, z, x).numpy()
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def _gradient(model: VAE, beta: float, z: Tensor, x: Tensor) -> Tensor:
    z = z.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(code_loss(model, x, z, beta).sum(), z)
    return gradient


def _traced(model: VAE, beta: float, z: Tensor, x: Tensor) -> torch.nn.Module:
    """The gradient's own operations, forwards and backwards, as a module without any gradient."""
    from torch._decomp import get_decompositions
    from torch.fx.experimental.proxy_tensor import make_fx

    aten = torch.ops.aten
    table: dict[Any, Any] = get_decompositions(
        [aten.silu_backward, aten.native_group_norm, aten.native_group_norm_backward]
    )
    table[aten.convolution_backward.default] = _convolution_backward
    return make_fx(lambda z, x: _gradient(model, beta, z, x), decomposition_table=table)(z, x)


def _convolution_backward(
    gradient: Tensor,
    _input: Tensor,
    weight: Tensor,
    _bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    _transposed: bool,
    output_padding: Any,
    groups: int,
    _wanted: Any,
) -> tuple[Tensor, None, None]:
    """ONNX has no gradient of a convolution, but that of its input is a transposed one."""
    passed = torch.ops.aten.convolution.default(
        gradient, weight, None, stride, padding, dilation, True, output_padding, groups
    )
    return passed, None, None
