"""Graphs that are written from weights: what torch computes, for every shape of network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from training.codes.descent import RATE
from training.codes.refine import code_loss, loss_and_gradient
from training.compute.onnx_runtime import program
from training.graphs.autoencoder import (
    code_loss_graph,
    decoder_graph,
    encoder_graph,
    outputs_graph,
    pixels_graph,
    posterior_graph,
)
from training.graphs.weights import check_weights
from training.model.config import ModelConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import Autoencoder, build

BETA = 4.0
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
    decode, see = program(outputs_graph(weights, config)), program(posterior_graph(weights, config))
    for count in (1, 2, 7):
        z = torch.randn(count, config.latent)
        outputs, features = (torch.from_numpy(found) for found in decode(z=z.numpy()))
        torch.testing.assert_close(outputs, made.decoder(z), rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(
            features, made.decoder.features(z).detach().contiguous(), rtol=1e-4, atol=1e-3
        )
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


def pictures(channels: int) -> torch.Tensor:
    """With levels of an 8-bit picture; the first has but the outermost."""
    x = torch.rand(4, channels, 32, 32, generator=torch.Generator().manual_seed(2))
    x[0].round_()
    return (255 * x).round() / 255


@pytest.mark.parametrize(("kind", "channels"), [("vae", 1), ("vae", 3), ("ae", 3)])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_networks_of_floats_are_those_of_torch(likelihood: str, kind: str, channels: int):
    config = replace(SMALL, kind=kind, likelihood=likelihood, channels=channels)
    made = network(config)
    made.log_sigma.fill_(-1.0)
    weights, x = weights_of(made), pictures(channels)
    z = torch.randn(4, config.latent, generator=torch.Generator().manual_seed(1))
    (picture,) = program(decoder_graph(weights, config))(z=z.numpy())
    np.testing.assert_allclose(picture, made.decode(z).numpy(), atol=1e-5)
    seen = program(encoder_graph(weights, config))(picture=x.numpy())
    posterior = made.posterior(x)[: len(seen)]  # of an hourglass, the code alone
    for found, expected in zip(seen, posterior, strict=True):
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-4)
    graph = code_loss_graph(weights, config, BETA)
    fits = program(graph)(z=z.numpy(), picture=x.numpy())
    for found, expected in zip(fits, loss_and_gradient(made, x, z, BETA), strict=True):
        largest = float(expected.abs().max())
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-5 * largest)


def test_steps_along_the_gradient_fit_a_code_without_torch():
    torch.manual_seed(0)
    made = build(SMALL).eval().requires_grad_(False)  # whose posterior a training could have
    made.log_sigma.fill_(-2.0)
    weights, x = weights_of(made), pictures(3)
    mean, logvar = program(encoder_graph(weights, SMALL))(picture=x.numpy())
    fit = program(code_loss_graph(weights, SMALL, BETA))
    z = mean
    for _ in range(5):
        z = z - RATE * np.exp(logvar) * fit(z=z, picture=x.numpy())[1]
    before, after = (code_loss(made, x, torch.from_numpy(c), BETA) for c in (mean, z))
    assert float(after.sum()) < float(before.sum())


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
