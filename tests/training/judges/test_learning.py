"""Learning: resumed as if it had not stopped, and refused where it is another's."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from training.judges.learning import learn
from training.optimization.divergence import Diverged
from training.run.run_folder import RunError


def fresh() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))


def options(path: Path) -> dict:
    return {"count": 50, "steps": 8, "seed": 3, "checkpoint": path, "about": "a", "save_every": 2}


def loss_of(network: nn.Module, stop: int | None = None):
    steps = iter(range(100))

    def loss(index: Tensor, generator: torch.Generator) -> Tensor:
        if next(steps) == stop:
            raise KeyboardInterrupt
        x = torch.randn(len(index), 4, generator=generator)
        return (network(x)[:, 0] - x.sum(1)).square().mean()

    return loss


def test_a_resumed_training_is_the_uninterrupted_one(tmp_path: Path):
    whole = fresh()
    expected = learn(whole, loss_of(whole), **options(tmp_path / "whole"))
    first, path = fresh(), tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        learn(first, loss_of(first, stop=5), **options(path))
    second = fresh()
    found = learn(second, loss_of(second), **options(path), resume=True)
    assert all(map(torch.equal, found.state_dict().values(), expected.state_dict().values()))
    assert not found.training
    assert found is not second


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path):
    network, path = fresh(), tmp_path / "one"
    learn(network, loss_of(network), **options(path))
    with pytest.raises(RunError, match="found: one of a, 8 steps, seed 3, not of b, 8 steps"):
        learn(network, loss_of(network), **options(path) | {"about": "b"}, resume=True)


def test_a_loss_that_is_not_finite_ends_it(tmp_path: Path):
    network = fresh()
    with pytest.raises(Diverged):
        learn(network, lambda *_: network[0].weight.sum() * torch.nan, **options(tmp_path / "one"))
