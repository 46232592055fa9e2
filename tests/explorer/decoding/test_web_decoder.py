"""Decoders for a browser: of every output distribution they draw what the server draws."""

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.decoding.networks_on_cpu import NetworksOnCpu
from explorer.decoding.web_decoder import mean_for_web
from training.compute.onnx_runtime import program
from training.model.config import ModelConfig, TrainingConfig
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import build
from training.run.run_folder import RunConfig, versions, write_config, write_weights


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_means_in_half_precision_are_those_of_the_server(tmp_path: Path, likelihood: str):
    config = ModelConfig(size=16, latent=8, widths=(8, 16), likelihood=likelihood)
    torch.manual_seed(0)
    write_config(tmp_path, RunConfig(config, TrainingConfig(), {}, versions()))
    write_weights(tmp_path, build(config))
    z = 3 * np.random.default_rng(0).standard_normal((5, 8), np.float32)
    (drawn,) = program(mean_for_web(tmp_path))(z=z)
    expected = NetworksOnCpu(tmp_path).means()(z)
    assert (drawn.shape, drawn.dtype) == ((5, 16, 16, 3), np.uint8)
    assert expected.std() > 5
    assert np.abs(drawn.astype(int) - expected).max() <= 2
