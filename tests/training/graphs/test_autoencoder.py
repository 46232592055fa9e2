"""Graphs that are written from weights: what torch computes, for every shape of network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from training.compute.onnx_runtime import program
from training.graphs.autoencoder import (
    outputs_graph,
    pixels_graph,
    posterior_graph,
    pullback_graph,
)
from training.graphs.weights import check_weights
from training.model.config import ModelConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import Autoencoder, build

SMALL = ModelConfig(size=32, latent=5, widths=(8, 16), blocks=2)


def network(config: ModelConfig) -> Autoencoder:
    """With random weights everywhere: fresh ones leave every block the identity."""
    torch.manual_seed(0)
    made = build(config).eval()
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.3)
    return made.requires_grad_(False)


def weights_of(made: Autoencoder) -> dict[str, np.ndarray]:
    return {name: values.numpy() for name, values in made.state_dict().items()}


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        replace(SMALL, size=64, widths=(8, 16, 24), blocks=0),
        replace(SMALL, kind="ae"),
        replace(SMALL, channels=1),
        replace(SMALL, encoder_blocks=(0, 1), decoder_blocks=(3, 0)),
    ]
    + [replace(SMALL, likelihood=name) for name in LIKELIHOODS],
    ids=repr,
)
def test_onnxruntime_computes_what_torch_does(config: ModelConfig):
    made = network(config)
    weights = weights_of(made)
    check_weights(weights, config)
    decode, back = program(outputs_graph(weights, config)), program(pullback_graph(weights, config))
    see = program(posterior_graph(weights, config))
    for count in (1, 2, 7):
        z = torch.randn(count, config.latent, requires_grad=True)
        expected = made.decoder(z)
        outputs, features = (torch.from_numpy(found) for found in decode(z=z.detach().numpy()))
        torch.testing.assert_close(outputs, expected.detach(), rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(
            features, made.decoder.features(z).detach().contiguous(), rtol=1e-4, atol=1e-3
        )
        slope = torch.randn(expected.shape)
        (wanted,) = torch.autograd.grad(expected, z, slope)
        (gradient,) = back(z=z.detach().numpy(), slope=slope.numpy())
        largest = float(wanted.abs().max())
        np.testing.assert_allclose(gradient, wanted.numpy(), rtol=1e-3, atol=1e-4 * largest)
        x = torch.randint(0, 256, (count, config.size, config.size, 1), dtype=torch.uint8)
        x = x.expand(-1, -1, -1, 3).contiguous()
        mean, *logvar = see(pictures=x.numpy())
        posterior = made.posterior(x.permute(0, 3, 1, 2)[:, : config.channels].float() / 255)
        np.testing.assert_allclose(mean, posterior.mean.numpy(), rtol=1e-4, atol=1e-3)
        if config.kind == "vae":
            np.testing.assert_allclose(logvar[0], posterior.logvar.numpy(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", LIKELIHOODS)
@torch.inference_mode()
def test_pixels_are_the_means_as_bytes(name: str, channels: int):
    config = replace(SMALL, likelihood=name, channels=channels)
    made = network(config)
    z = torch.randn(3, config.latent)
    (found,) = program(pixels_graph(weights_of(made), "decoder.", config))(z=z.numpy())
    expected = (made.decode(z) * 255).round().permute(0, 2, 3, 1).numpy()
    assert (found.shape, found.dtype) == ((3, 32, 32, 3), np.uint8)
    assert np.abs(found - expected).max() <= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: weights.pop("encoder.norm.bias"), "encoder.norm.bias"),
        (lambda weights: weights.update(more=np.zeros(2)), "found others too: .*'more'"),
        (lambda weights: weights.update({"decoder.stem.bias": np.zeros(3)}), "stem.bias of shape"),
        (lambda weights: weights.update({"encoder.head.weight": np.zeros((7, 1024))}), "shape"),
    ],
)
def test_weights_of_another_network_are_refused(change, said: str):
    weights = weights_of(network(SMALL))
    change(weights)
    with pytest.raises((LookupError, ValueError), match=said):
        check_weights(weights, SMALL)
