"""Graphs for programs of others: what torch computes, of every output distribution."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.graphs.test_autoencoder import SMALL, network, weights_of
from training.codes.descent import RATE
from training.codes.refine import code_loss
from training.compute.onnx_runtime import program
from training.graphs.exported import decoder_graph, encoder_graph, gradient_graph
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import build

BETA = 4.0


def pictures(channels: int) -> torch.Tensor:
    """With levels of an 8-bit picture; the first has but the outermost."""
    x = torch.rand(4, channels, 32, 32, generator=torch.Generator().manual_seed(2))
    x[0].round_()
    return (255 * x).round() / 255


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_onnxruntime_computes_what_torch_does(likelihood: str, channels: int):
    config = replace(SMALL, likelihood=likelihood, channels=channels)
    made = network(config)
    made.log_sigma.fill_(-1.0)
    weights, x = weights_of(made), pictures(channels)
    z = torch.randn(4, config.latent, generator=torch.Generator().manual_seed(1))
    (picture,) = program(decoder_graph(weights, config))(z=z.numpy())
    np.testing.assert_allclose(picture, made.decode(z).numpy(), atol=1e-5)
    seen = program(encoder_graph(weights, config))(picture=x.numpy())
    for found, expected in zip(seen, made.posterior(x), strict=True):
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-4)
    z.requires_grad_()
    code_loss(made, x, z, BETA).sum().backward()
    graph = gradient_graph(weights, config, BETA)
    (gradient,) = program(graph)(z=z.detach().numpy(), picture=x.numpy())
    assert z.grad is not None
    largest = float(z.grad.abs().max())
    np.testing.assert_allclose(gradient, z.grad.numpy(), rtol=1e-3, atol=1e-5 * largest)


def test_steps_along_the_gradient_fit_a_code_without_torch():
    torch.manual_seed(0)
    made = build(SMALL).eval().requires_grad_(False)  # whose posterior a training could have
    made.log_sigma.fill_(-2.0)
    weights, x = weights_of(made), pictures(3)
    mean, logvar = program(encoder_graph(weights, SMALL))(picture=x.numpy())
    slope = program(gradient_graph(weights, SMALL, BETA))
    z = mean
    for _ in range(5):
        z = z - RATE * np.exp(logvar) * slope(z=z, picture=x.numpy())[0]
    before, after = (code_loss(made, x, torch.from_numpy(c), BETA) for c in (mean, z))
    assert float(after.sum()) < float(before.sum())
