"""A network, pictures and a run folder small enough to train on in a second."""

from pathlib import Path

import pytest
import torch

from data.celeba import read_celeba
from data.prepare import prepare
from data.prepared import Prepared
from training.model.config import ModelConfig, TrainingConfig
from training.model.networks import build
from training.run.run_folder import RunConfig, versions, write_config, write_weights


@pytest.fixture(scope="session")
def faces(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The 96 drawn faces prepared at 16x16, 77 of them for training."""
    out = tmp_path_factory.mktemp("prepared") / "celeba16"
    return prepare(read_celeba(drawn), out, size=16, workers=1)


@pytest.fixture(scope="session")
def tiny() -> ModelConfig:
    """A VAE of two levels for 16x16 pictures."""
    return ModelConfig(size=16, latent=8, widths=(8, 16))


@pytest.fixture
def run(tmp_path: Path, tiny: ModelConfig) -> Path:
    """A run folder with the config and the fresh weights of a tiny VAE."""
    torch.manual_seed(0)
    data = {"fingerprint": "0123456789abcdef", "size": 16, "train_pictures": 77}
    folder = tmp_path / "run"
    write_config(folder, RunConfig(tiny, TrainingConfig(), data, versions()))
    write_weights(folder, build(tiny))
    return folder
