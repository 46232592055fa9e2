"""The one-cycle schedule: up, down, and on from where a training was stopped."""

import pytest
import torch

from training.optimization.muon import Muon
from training.optimization.schedule import one_cycle


def rates(steps: int, first: int = 0, rise: float = 0.1) -> list[float]:
    """The learning rate of every step from `first` on."""
    optimizer = Muon([torch.nn.Parameter(torch.zeros(2, 2))], lr=1.0, weight_decay=0.0)
    schedule, found = one_cycle(optimizer, 1.0, steps, first, rise), []
    for _ in range(first, steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        optimizer.param_groups[0]["params"][0].grad = torch.ones(2, 2)
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize("rise", [0.1, 0.3])
def test_the_rate_rises_to_its_peak_and_falls_to_almost_nothing(rise: float):
    found = rates(100, rise=rise)
    top = found.index(max(found))
    assert top == round(100 * rise) - 1
    assert found[top] == pytest.approx(1.0)
    assert found[:top] == sorted(found[:top])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert found[0] == pytest.approx(1 / 25)
    assert found[-1] < 1e-5


@pytest.mark.parametrize("first", [1, 7, 99])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(first: int):
    assert rates(100, first) == rates(100)[first:]


@pytest.mark.parametrize("steps", [1, 2, 10, 11, 12])
def test_the_shortest_trainings_have_a_rate_too(steps: int):
    assert len(found := rates(steps)) == steps
    assert min(found) > 0


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW])
def test_the_momentum_of_adam_goes_down_where_the_rate_goes_up(optimizer: type):
    made = optimizer([torch.nn.Parameter(torch.zeros(2))], lr=1.0)
    schedule, momentum = one_cycle(made, 1.0, 20), []
    for _ in range(20):
        momentum.append(made.param_groups[0]["betas"][0])
        made.step()
        schedule.step()
    assert momentum.index(min(momentum)) == 1
