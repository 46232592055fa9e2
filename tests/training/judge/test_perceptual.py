"""The perceptual distance: 0 for equal pictures, more for blur than its squared error says."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from data.prepared import Prepared
from training.compute.batches import PictureBatches
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.perceptual import PerceptualDistance
from training.loop.loop import fit
from training.model.config import ConfigError, ModelConfig, TrainingConfig
from training.run.run_folder import load_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def distance() -> PerceptualDistance:
    return PerceptualDistance()


@pytest.fixture(scope="module")
def pictures(drawn_prepared: Prepared) -> torch.Tensor:
    """(4, 3, 64, 64) drawn faces."""
    return PictureBatches(drawn_prepared.pictures, drawn_prepared.rows("validation"), CPU).batch(
        torch.arange(4)
    )


def test_it_is_the_distance_of_unit_vectors_position_by_position(
    distance: PerceptualDistance, pictures: torch.Tensor
):
    x, y = pictures[:2], pictures[2:]
    network = load_classifier(CLASSIFIER)
    slow = 0.0
    for a, b in zip(network.maps(x), network.maps(y), strict=True):
        cosine = functional.cosine_similarity(a, b, dim=1)
        both = (a.norm(dim=1) > 0) & (b.norm(dim=1) > 0)
        one = (a.norm(dim=1) > 0) ^ (b.norm(dim=1) > 0)
        slow += float((torch.where(both, 2 - 2 * cosine, 0.0) + one.float()).mean())
    assert float(distance(x, y)) == pytest.approx(slow, rel=1e-3)
    assert float(distance(x, x)) == 0


def test_blur_costs_more_than_dim_light_of_the_same_squared_error(
    distance: PerceptualDistance, pictures: torch.Tensor
):
    blurred = functional.avg_pool2d(functional.pad(pictures, (3, 3, 3, 3), "reflect"), 7, 1)
    error = (blurred - pictures).square().mean().sqrt()
    dimmer = pictures * (1 - error / pictures.square().mean().sqrt())
    assert (dimmer - pictures).square().mean().sqrt() == pytest.approx(float(error), rel=1e-3)
    assert distance(pictures, blurred) > 2 * distance(pictures, dimmer)


def test_it_has_a_gradient_in_the_drawn_picture_alone(
    distance: PerceptualDistance, pictures: torch.Tensor
):
    x, y = pictures[:2].clone().requires_grad_(), pictures[2:].clone().requires_grad_()
    distance(x, y).backward()
    assert x.grad is None
    assert y.grad.abs().max() > 0
    assert all(p.grad is None for p in distance.parameters())


def test_training_with_it_brings_pictures_nearer(
    tmp_path: Path, faces: Prepared, tiny: ModelConfig, distance: PerceptualDistance
):
    x = PictureBatches(faces.pictures, faces.rows("train"), CPU).batch(torch.arange(77))
    reached = {}
    for weight in (0.0, 3000.0):
        training = TrainingConfig(epochs=12, batch=16, learning_rate=1e-2, ema=0.9)
        run = tmp_path / f"{weight:g}"
        fit(faces, run, tiny, replace(training, perceptual=weight), device=CPU)
        model = load_model(run)
        reached[weight] = float(distance(x, model.decode(model.posterior(x).mean)))
    assert reached[3000.0] < 0.9 * reached[0.0]


def test_a_weight_below_zero_is_refused():
    with pytest.raises(ConfigError, match="expected --perceptual at least 0 and finite; found -1"):
        TrainingConfig(perceptual=-1)
