"""A grown network computes what the smaller one did, and learns with all of its blocks."""

from dataclasses import replace

import pytest
import torch

from training.model.config import ConfigError, ModelConfig
from training.model.growth import grow_from
from training.model.networks import Autoencoder, ResidualBlock, build


def trained(config: ModelConfig) -> Autoencoder:
    """A network whose residual blocks do something."""
    torch.manual_seed(1)
    model = build(config).eval()
    for module in model.modules():
        if isinstance(module, ResidualBlock):
            torch.nn.init.normal_(module.conv2.weight, std=0.1)
    return model


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_it_computes_the_same_at_first(tiny: ModelConfig, kind: str):
    levels = len(tiny.widths)
    small = trained(replace(tiny, kind=kind))
    more = tuple(range(1, levels + 1))
    large = trained(replace(tiny, kind=kind, encoder_blocks=more, decoder_blocks=more[::-1]))
    grow_from(large, small)
    x, z = torch.rand(3, 3, tiny.size, tiny.size), torch.randn(3, tiny.latent)
    torch.testing.assert_close(large.posterior(x).mean, small.posterior(x).mean)
    torch.testing.assert_close(large.decode(z), small.decode(z))
    assert sum(p.numel() for p in large.parameters()) > sum(p.numel() for p in small.parameters())
    (large.decode(large.posterior(x).mean) - x).square().sum().backward()
    blocks = [m for m in large.modules() if isinstance(m, ResidualBlock)]
    assert all(block.conv2.weight.grad.abs().sum() > 0 for block in blocks)


def test_equal_networks_have_equal_weights(tiny: ModelConfig):
    one, other = trained(tiny), build(tiny)
    grow_from(other, one)
    for name, value in one.state_dict().items():
        assert torch.equal(other.state_dict()[name], value), name


def test_it_cannot_shrink(tiny: ModelConfig):
    large = trained(replace(tiny, blocks=3))
    with pytest.raises(RuntimeError):
        grow_from(trained(tiny), large)


def test_as_many_numbers_as_levels_are_expected(tiny: ModelConfig):
    for wrong in ((1,) * (len(tiny.widths) + 1), (-1,) * len(tiny.widths)):
        with pytest.raises(ConfigError, match=r"^expected --encoder-blocks as \d numbers"):
            replace(tiny, encoder_blocks=wrong)
