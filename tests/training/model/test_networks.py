"""What the encoder, the decoder and the two models of them do with pictures and codes."""

import copy

import pytest
import torch
from torch import Tensor

from training.loop.steps import objective
from training.model.config import ModelConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import VAE, Autoencoder, ResidualBlock, build
from training.model.posterior import reparameterize

CONFIGS = [
    ModelConfig(size=8, latent=4, widths=(8, 16)),
    ModelConfig(size=16, latent=3, widths=(8, 16, 24), blocks=0),
    ModelConfig(size=24, latent=5, widths=(16,), blocks=2),
    ModelConfig(size=16, latent=1, widths=(24, 8), kind="ae"),
    *(ModelConfig(size=8, latent=3, widths=(8,), likelihood=name) for name in LIKELIHOODS),
]


@pytest.fixture
def vae() -> Autoencoder:
    """A VAE in which every layer matters: the last one of each block no longer starts at 0."""
    torch.manual_seed(0)
    model = build(CONFIGS[0])
    for block in blocks(model):
        torch.nn.init.normal_(block.conv2.weight, std=0.1)
    return model.eval()


@pytest.fixture
def x() -> Tensor:
    """(6, 3, 8, 8) pictures of noise in [0, 1]."""
    return torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def blocks(model: Autoencoder) -> list[ResidualBlock]:
    return [module for module in model.modules() if isinstance(module, ResidualBlock)]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_a_picture_becomes_a_code_and_a_code_a_picture_of_that_size(config: ModelConfig):
    model = build(config)
    x = torch.rand(2, 3, config.size, config.size)
    mean, logvar = model.posterior(x)
    assert mean.shape == logvar.shape == (2, config.latent)
    assert model.decode(mean).shape == x.shape


@pytest.mark.parametrize("scale", [0.0, 1.0, 1000.0])
def test_decoded_values_stay_in_0_to_1_however_far_the_code(vae: Autoencoder, scale: float):
    decoded = vae.decode(scale * torch.randn(8, 4, generator=torch.Generator().manual_seed(1)))
    assert decoded.dtype == torch.float32
    assert 0 <= decoded.min() <= decoded.max() <= 1


def test_kind_decides_between_vae_and_hourglass():
    assert isinstance(build(ModelConfig(kind="vae")), VAE)
    assert type(build(ModelConfig(kind="ae"))) is Autoencoder


def test_the_hourglass_has_a_point_as_posterior_and_noise_does_not_move_it(x: Tensor):
    hourglass = build(ModelConfig(kind="ae", size=8, latent=4, widths=(8,)))
    posterior = hourglass.posterior(x)
    assert (posterior.logvar == -torch.inf).all()
    assert torch.equal(reparameterize(posterior, 100 * torch.ones(6, 4)), posterior.mean)


def test_noise_moves_the_sample_of_a_vae(vae: Autoencoder, x: Tensor):
    posterior = vae.posterior(x)
    z = reparameterize(posterior, torch.ones(6, 4))
    torch.testing.assert_close(z, posterior.mean + (0.5 * posterior.logvar).exp())
    assert not torch.allclose(z, posterior.mean)


def test_log_variances_stay_finite_for_any_weights(vae: Autoencoder, x: Tensor):
    for bias, bound in ((1e6, 6), (-1e6, -12)):
        torch.nn.init.constant_(vae.encoder.head.bias, bias)
        assert (vae.posterior(x).logvar == bound).all()


def test_passes_write_nothing_into_the_model(vae: Autoencoder, x: Tensor):
    vae.train()
    state = copy.deepcopy(vae.state_dict())
    attributes = [sorted(vars(module)) for module in vae.modules()]
    objective(vae, x, torch.ones(6, 4)).loss.backward()
    assert [sorted(vars(module)) for module in vae.modules()] == attributes
    for name, value in vae.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_a_fresh_residual_block_is_the_identity():
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(ResidualBlock(8)(x), x)


def test_memory_order_of_channels_does_not_change_the_result(vae: Autoencoder, x: Tensor):
    plain = copy.deepcopy(vae).to(memory_format=torch.contiguous_format)
    weight = vae.encoder.levels[1].weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not plain.encoder.levels[1].weight.is_contiguous(memory_format=torch.channels_last)
    expected = plain.posterior(x).mean
    found = vae.posterior(x.contiguous(memory_format=torch.channels_last)).mean
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(vae.decode(found), plain.decode(found), atol=1e-5, rtol=1e-4)


def test_neighbours_in_a_batch_do_not_change_a_picture(vae: Autoencoder, x: Tensor):
    mean = vae.posterior(x).mean
    decoded = vae.decode(mean)
    for i in range(len(x)):
        alone = vae.posterior(x[i : i + 1]).mean
        torch.testing.assert_close(alone, mean[i : i + 1], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(vae.decode(alone), decoded[i : i + 1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_gradients_reach_every_weight_after_one_step(kind: str, x: Tensor):
    torch.manual_seed(0)
    model = build(ModelConfig(kind=kind, size=8, latent=4, widths=(8, 16)))
    # A block starts as the identity: at first only its last layer learns.
    asleep = {
        parameter
        for block in blocks(model)
        for layer in (block.norm1, block.conv1, block.norm2)
        for parameter in layer.parameters()
    }
    assert without_gradient(model, x) == asleep
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.01 * parameter.grad / parameter.grad.norm().clamp(min=1e-12)
    assert without_gradient(model, x) == set()


def without_gradient(model: Autoencoder, x: Tensor) -> set[Tensor]:
    """The parameters that the loss does not depend on at this point."""
    model.zero_grad()
    objective(model, x, torch.ones(len(x), model.config.latent)).loss.backward()
    return {p for p in model.parameters() if p.grad is None or not p.grad.any()}
