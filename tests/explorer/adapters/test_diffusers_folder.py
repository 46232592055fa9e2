"""An AutoencoderKL of diffusers: its code in a row, and back."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from data.errors import DataError
from explorer.adapters.diffusers_folder import ABOUT, is_diffusers, read_diffusers
from training.run.onnx_pair import onnx_pair

PICTURES = np.random.default_rng(0).random((5, 3, 16, 16), np.float32)


def test_a_folder_is_known_by_its_config(tmp_path: Path):
    assert not is_diffusers(tmp_path)
    for text, known in (("[]", False), ('{"model": {}}', False)):
        (tmp_path / ABOUT).write_text(text)
        assert is_diffusers(tmp_path) == known
    (tmp_path / ABOUT).write_text(json.dumps({"_class_name": "AutoencoderKL"}))
    assert is_diffusers(tmp_path)


def test_without_diffusers_it_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(DataError, match="next: pip install diffusers"):
        read_diffusers(tmp_path, PICTURES)


def test_a_model_of_diffusers(tmp_path: Path):
    models = pytest.importorskip("diffusers")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = models.AutoencoderKL(
            block_out_channels=(8, 8),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=2,
            norm_num_groups=4,
            layers_per_block=1,
        ).eval()
    model.save_pretrained(tmp_path / "kl")
    found = read_diffusers(tmp_path / "kl", PICTURES)
    pair = onnx_pair(found.encoder, found.decoder)
    with torch.inference_mode():
        expected = model.encode(torch.from_numpy(PICTURES)).latent_dist
        drawn = model.decode(expected.mean).sample.clamp(0, 1).numpy()
    mean, logvar = pair.posterior(PICTURES)
    assert mean.shape == logvar.shape == (5, 2 * 8 * 8)
    np.testing.assert_allclose(mean, expected.mean.flatten(1).numpy(), atol=1e-5)
    np.testing.assert_allclose(logvar, expected.logvar.flatten(1).numpy(), atol=1e-5)
    np.testing.assert_allclose(pair.decode(mean), drawn, atol=1e-5)
    (tmp_path / "kl" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(DataError, match="with weights as safetensors in"):
        read_diffusers(tmp_path / "kl", PICTURES)
