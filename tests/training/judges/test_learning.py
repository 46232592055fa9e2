"""Learning: resumed as if it had not stopped, and refused where it is another's."""

from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from data.prepared import Prepared
from tests.training.compute.tape import META, MetaGenerator, step_elsewhere, taped, watched
from tests.training.judges.small import TINY
from training.judges.learning import Pictures, label_table, learn, learn_place, task
from training.judges.networks import PlaceJudge
from training.judges.places import PLACES
from training.optimization.divergence import Diverged
from training.run.run_folder import RunError


def fresh() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))


def options(path: Path) -> dict:
    return {"count": 50, "steps": 8, "seed": 3, "checkpoint": path, "about": "a", "save_every": 2}


class Given(NamedTuple):
    index: Tensor


def loss_of(network: nn.Module, stop: int | None = None):
    steps = iter(range(100))

    def loss(given: Given, generator: torch.Generator) -> Tensor:
        if next(steps) == stop:
            raise KeyboardInterrupt
        x = torch.randn(len(given.index), 4, generator=generator)
        return (network(x)[:, 0] - x.sum(1)).square().mean()

    return loss


def test_a_resumed_training_is_the_uninterrupted_one(tmp_path: Path):
    whole = fresh()
    expected = learn(whole, Given, loss_of(whole), **options(tmp_path / "whole"))
    first, path = fresh(), tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        learn(first, Given, loss_of(first, stop=5), **options(path))
    second = fresh()
    found = learn(second, Given, loss_of(second), **options(path), resume=True)
    assert all(map(torch.equal, found.state_dict().values(), expected.state_dict().values()))
    assert not found.training
    assert found is not second


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path):
    network, path = fresh(), tmp_path / "one"
    learn(network, Given, loss_of(network), **options(path))
    with pytest.raises(RunError, match="found: one of a, 8 steps, seed 3, not of b, 8 steps"):
        learn(network, Given, loss_of(network), **options(path) | {"about": "b"}, resume=True)


def test_a_loss_that_is_not_finite_ends_it(tmp_path: Path):
    network = fresh()
    with pytest.raises(Diverged):
        learn(
            *(network, Given, lambda *_: sum(p.sum() for p in network.parameters()) * torch.nan),
            **options(tmp_path / "one"),
        )


EACH = [(recipe, place) for recipe in TINY.values() for place in PLACES]
names = [f"{recipe.shape} {place.name}" for recipe, place in EACH]


def trained(faces: Prepared, recipe, place, folder: Path, device: str = "cpu", **more) -> dict:
    """The averaged weights of a judge after 8 steps."""
    torch.manual_seed(0)
    rows, on = faces.rows("train"), torch.device(device)
    shown, labels = Pictures(faces.pictures, rows, on), label_table(faces.table)[rows]
    network = PlaceJudge(place, recipe.config).to(on)
    return learn_place(network, recipe, shown, labels, 8, folder / "c", **more).state_dict()


@pytest.mark.parametrize(("recipe", "place"), EACH, ids=names)
def test_the_recorded_training_is_the_plain_one(
    drawn_prepared: Prepared, recipe, place, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("training.judges.learning.BATCH", 8)
    plain, *others = (
        trained(drawn_prepared, recipe, place, tmp_path, **more)
        for more in ({}, {"recorded": taped}, {"recorded": watched})
    )
    for other in others:
        for name, value in plain.items():
            assert torch.equal(value, other[name]), name


@pytest.mark.parametrize(("recipe", "place"), EACH, ids=names)
def test_all_that_a_step_takes_is_on_the_device(drawn_prepared: Prepared, recipe, place):
    rows = drawn_prepared.rows("train")
    shown = Pictures(drawn_prepared.pictures, rows, META)
    network = PlaceJudge(place, recipe.config).to(META)
    given, loss = task(network, recipe, shown, label_table(drawn_prepared.table)[rows])
    chance = MetaGenerator()
    step_elsewhere(network, lambda own: (loss(own, chance),), given(torch.arange(8)))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(("recipe", "place"), EACH, ids=names)
def test_on_a_gpu_the_recorded_training_is_the_plain_one(
    drawn_prepared: Prepared, recipe, place, tmp_path: Path
):
    plain, recorded = (
        trained(drawn_prepared, recipe, place, tmp_path, "cuda", **more)
        for more in ({"recorded": lambda device, step: step}, {})
    )
    for name, value in plain.items():
        torch.testing.assert_close(recorded[name], value, rtol=1e-2, atol=1e-2, msg=name)
