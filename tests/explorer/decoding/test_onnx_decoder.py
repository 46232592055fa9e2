"""The decoder through onnxruntime: the same as through torch, for every shape of network."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from explorer.decoding.decoder import Decoder, fastest_on_cpu
from explorer.decoding.onnx_decoder import graph, on_cpu
from explorer.decoding.shared_model import SharedModel
from training.model.config import ModelConfig
from training.model.likelihoods import OUTPUTS
from training.model.networks import build

SMALL = ModelConfig(size=32, latent=5, widths=(8, 16), blocks=2)


def network(config: ModelConfig) -> nn.Module:
    """With random weights everywhere: fresh ones leave every block the identity."""
    torch.manual_seed(0)
    made = build(config).decoder
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.3)
    return made


@pytest.mark.parametrize(
    "config",
    [SMALL, replace(SMALL, size=64, widths=(8, 16, 24), blocks=0), replace(SMALL, kind="ae")]
    + [replace(SMALL, likelihood=name) for name in sorted(OUTPUTS)],
    ids=repr,
)
@torch.inference_mode()
def test_onnxruntime_computes_what_torch_does(config: ModelConfig):
    made = network(config)
    through = on_cpu(made, threads=1)
    for count in (1, 2, 7):
        z = torch.randn(count, config.latent)
        expected = made(z)
        found = through(z)
        assert found.shape == expected.shape
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)


def test_a_layer_that_is_not_written_is_named():
    made = network(SMALL)
    made.levels[0] = nn.BatchNorm2d(16)
    with pytest.raises(TypeError, match="BatchNorm2d"):
        graph(made)


def test_without_onnxruntime_torch_draws(drawn_run: Path, monkeypatch: pytest.MonkeyPatch):
    codes = np.random.default_rng(0).standard_normal((3, 8), np.float32)
    expected = Decoder(SharedModel(drawn_run, "cpu")).decode(codes)
    for name in ("onnxruntime", "explorer.decoding.onnx_decoder"):
        monkeypatch.setitem(sys.modules, name, None)
    made = network(SMALL)
    assert fastest_on_cpu(made) is made
    found = Decoder(SharedModel(drawn_run, "cpu")).decode(codes)
    assert np.abs(found.astype(int) - expected).max() <= 1
