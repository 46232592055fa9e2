"""A folder of pythae: read where it is weights and JSON, refused where it is pickles."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from data.celeba import read_celeba
from data.errors import DataError
from data.prepare import prepare
from data.prepared import Prepared
from explorer.adapters import adopt_source
from explorer.adapters.fitting import some_pictures
from explorer.adapters.pythae_folder import ABOUT, WEIGHTS, read_pythae
from training.run.onnx_pair import read_pair
from training.run.run_folder import read_config

PICTURES = np.zeros((5, 3, 8, 8), np.float32)


def folder(root: Path, name: str = "VAEConfig", *others: str) -> Path:
    (root / ABOUT).write_text(json.dumps({"name": name}))
    for other in (WEIGHTS, *others):
        (root / other).write_bytes(b"")
    return root


@pytest.mark.parametrize(
    ("name", "others", "found"),
    [
        ("VAEConfig", ("decoder.pkl",), "decoder.pkl, pickles, which may run any program"),
        ("VQVAEConfig", (), "VQVAE in "),
        ("VAE_IAF_Config", (), "VAE_IAF in "),
    ],
)
def test_a_folder_that_is_refused(name: str, others: tuple, found: str, tmp_path: Path):
    with pytest.raises(DataError) as caught:
        read_pythae(folder(tmp_path, name, *others), PICTURES)
    assert found in caught.value.found


def test_a_folder_that_is_incomplete(tmp_path: Path):
    root = folder(tmp_path)
    (root / ABOUT).write_text("[]")
    with pytest.raises(DataError, match="expected: a model of pythae in"):
        read_pythae(root, PICTURES)
    (root / WEIGHTS).unlink()
    with pytest.raises(DataError, match="next: name the folder final_model of a training"):
        read_pythae(root, PICTURES)


def test_without_pythae_it_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pythae", None)
    with pytest.raises(DataError, match=r"found: no package pythae(.|\n)*next: pip install pythae"):
        read_pythae(folder(tmp_path), PICTURES)


def test_a_model_of_pythae(drawn_many: Prepared, tmp_path: Path):
    models = pytest.importorskip("pythae.models")
    celeba = read_celeba(drawn_many.root.parent / "celeba")
    prepared = prepare(celeba, tmp_path / "celeba16", 16, workers=1)
    x = torch.from_numpy(some_pictures(prepared, 320))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = models.VAE(models.VAEConfig(input_dim=(3, 16, 16), latent_dim=4))
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        for _ in range(300):
            optimizer.zero_grad()
            model({"data": x}).loss.backward()
            optimizer.step()
    model.eval().save(str(tmp_path / "final_model"))
    run = adopt_source([tmp_path / "final_model"], prepared.root, tmp_path / "run")
    config = read_config(run).model
    assert (config.kind, config.latent, config.adopted) == ("vae", 4, "pythae's VAE")
    with torch.inference_mode():
        found = model.encoder(x)
        drawn = model.decoder(found["embedding"])["reconstruction"].numpy()
    pair, mean = read_pair(run), found["embedding"].numpy()
    np.testing.assert_allclose(pair.posterior(x.numpy())[0], mean, atol=1e-5)
    np.testing.assert_allclose(pair.decode(mean), drawn, atol=1e-5)
    with pytest.raises(DataError, match=r"next: prepare them so: .* --size 16"):
        adopt_source([tmp_path / "final_model"], drawn_many.root, tmp_path / "other")
    (tmp_path / "final_model" / WEIGHTS).write_bytes(b"no archive")
    with pytest.raises(DataError, match="expected: a model of pythae in"):
        adopt_source([tmp_path / "final_model"], prepared.root, tmp_path / "other")
