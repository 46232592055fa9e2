"""The exported gradient: what autograd says, and a way to better codes without torch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.codes.descent import RATE
from training.codes.refine import code_loss
from training.model.config import ModelConfig
from training.model.networks import VAE, build
from training.release.gradient import write_gradient

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


def vae(config: ModelConfig) -> VAE:
    torch.manual_seed(0)
    model = build(config).eval().requires_grad_(False)
    assert isinstance(model, VAE)
    model.log_sigma.fill_(-2.0)
    return model


@pytest.mark.parametrize("likelihood", ["optimal", "learned", "laplace"])
def test_it_is_the_gradient_of_autograd(tiny: ModelConfig, tmp_path: Path, likelihood: str):
    model = vae(replace(tiny, likelihood=likelihood))
    assert write_gradient(tmp_path / "gradient.onnx", model, 4.0) < 1e-5
    session = onnxruntime.InferenceSession(str(tmp_path / "gradient.onnx"))
    z = torch.randn(1, tiny.latent, generator=torch.Generator().manual_seed(1))
    x = torch.rand(1, 3, tiny.size, tiny.size, generator=torch.Generator().manual_seed(2))
    (found,) = session.run(["gradient"], {"z": z.numpy(), "picture": x.numpy()})
    z.requires_grad_()
    code_loss(model, x, z, 4.0).sum().backward()
    np.testing.assert_allclose(found, z.grad, rtol=1e-3, atol=1e-3)


def test_steps_along_it_fit_the_code_without_torch(tiny: ModelConfig, tmp_path: Path):
    model = vae(tiny)
    write_gradient(tmp_path / "gradient.onnx", model, 4.0)
    session = onnxruntime.InferenceSession(str(tmp_path / "gradient.onnx"))
    x = torch.rand(1, 3, tiny.size, tiny.size, generator=torch.Generator().manual_seed(3))
    mean, logvar = (p.numpy() for p in model.posterior(x))
    z = mean
    for _ in range(5):
        (gradient,) = session.run(None, {"z": z, "picture": x.numpy()})
        z = z - RATE * np.exp(logvar) * gradient
    before, after = (float(code_loss(model, x, torch.from_numpy(c), 4.0)) for c in (mean, z))
    assert after < before
