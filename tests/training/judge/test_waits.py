"""Encoding and evaluating on a GPU: no batch waits for the device, which is read at the end."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from tests.training.compute.far_device import CUDA, far_device
from tests.training.compute.tape import Watched
from training.codes.encode import encode, posteriors
from training.codes.refine import refine
from training.compute.batches import PictureBatches
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.evaluate import importance, validation_figures
from training.judge.frechet import nearest_distance, sample_quality
from training.judge.renderers import renderer_figures
from training.model.networks import VAE
from training.run.latents import Latents, load_latents
from training.run.run_folder import load_model

CPU = torch.device("cpu")


@pytest.fixture
def codes(run: Path, faces: Prepared) -> Latents:
    """Of the ten validation pictures."""
    encode(run, faces, CPU)
    latents = load_latents(run)
    return latents.take(latents.rows("validation"))


def batches_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("codes.encode", "judge.evaluate", "judge.renderers", "judge.frechet"):
        monkeypatch.setattr(f"training.{module}.BATCH", size)


def of_codes(run: Path, faces: Prepared, codes: Latents, device: torch.device) -> Any:
    return posteriors(load_model(run, device), faces, faces.rows("validation"), quiet=True)


def of_validation(run: Path, faces: Prepared, codes: Latents, device: torch.device) -> Any:
    pictures = PictureBatches(faces.pictures, faces.rows("validation"), device)
    return validation_figures(load_model(run, device), pictures, codes)


def of_importance(run: Path, faces: Prepared, codes: Latents, device: torch.device) -> Any:
    pictures = PictureBatches(faces.pictures, faces.rows("validation"), device)
    model = load_model(run, device)
    assert isinstance(model, VAE)
    return importance(model, pictures, codes, 10, samples=2)


def of_renderer(run: Path, faces: Prepared, codes: Latents, device: torch.device) -> Any:
    pictures = PictureBatches(faces.pictures, faces.rows("validation"), device)
    draw, network = load_model(run, device).decode, load_classifier(CLASSIFIER, device)
    return renderer_figures(draw, pictures, torch.from_numpy(codes.mean), network)


def of_samples(run: Path, faces: Prepared, codes: Latents, device: torch.device) -> Any:
    model = load_model(run, device)
    found = sample_quality(run, model, faces, load_latents(run), 12, sharp=model.decode)
    names = ("training_pictures", "reconstructions", "training_codes")
    return {name: found[name] for name in names} | found["samples"] | found["sharp"]


@torch.inference_mode()
def of_nearest(run: Path, faces: Prepared, codes: Latents, device: torch.device) -> Any:
    z = torch.from_numpy(codes.mean).to(device)
    return {"apart": nearest_distance(z, z.flip(1)).cpu().numpy()}


MEASURES = (of_codes, of_validation, of_importance, of_renderer, of_samples, of_nearest)


@pytest.mark.parametrize("measure", MEASURES)
def test_more_batches_do_not_wait_more_often_and_give_the_same(
    run: Path,
    faces: Prepared,
    codes: Latents,
    measure: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
):
    waits = []
    for size in (10, 4, 2):
        batches_of(size, monkeypatch)
        expected = measure(run, faces, codes, CPU)
        with far_device(monkeypatch) as device:
            found = measure(run, faces, codes, CUDA)
        waits.append(device.waits)
        assert_near(found, expected)
    assert waits[0] == waits[1] == waits[2]
    assert waits[0]  # the end is waited for


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("measure", MEASURES)
def test_on_a_gpu_more_batches_do_not_wait_more_often(
    run: Path,
    faces: Prepared,
    codes: Latents,
    measure: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
):
    waits = []
    for size in (10, 4, 2):
        batches_of(size, monkeypatch)
        measure(run, faces, codes, CUDA)  # libraries choose their kernels
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                measure(run, faces, codes, CUDA)
            finally:
                torch.cuda.set_sync_debug_mode("default")
        waits.append(sum("synchronizing CUDA" in str(warning.message) for warning in told))
    assert waits[0] == waits[1] == waits[2]
    assert waits[0]


def assert_near(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        found, expected = list(found.values()), list(expected.values())
    for one, other in zip(found, expected, strict=True):
        if isinstance(other, (float, np.ndarray)):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
        else:
            assert one == other


def test_a_step_of_refining_looks_at_no_value(run: Path, faces: Prepared):
    model = load_model(run)
    x = torch.tensor(faces.pictures[:4]).permute(0, 3, 1, 2) / 255
    guess = model.posterior(x)
    with Watched():
        refine(model, x, guess, 1.0, 3)
