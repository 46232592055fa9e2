"""Averages of weights and of errors: what they forget, and how quickly."""

import copy

import pytest
import torch
from torch import nn

from training.optimization.averaging import (
    ERROR_DECAY,
    blend,
    error_weights,
    follow,
    running_error,
    share_after,
)


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def share(step: int, decay: float) -> torch.Tensor:
    return torch.tensor(share_after(step, decay))


@pytest.mark.parametrize(("step", "decay"), [(0, 0.1), (89, 90 / 99), (10**6, 0.998)])
def test_the_average_forgets_its_start_at_first_and_little_later(step: int, decay: float):
    ours, theirs = network(), network()
    before = copy.deepcopy(ours.state_dict())
    follow(ours, theirs, share(step, 0.998))
    for name, after in ours.state_dict().items():
        if after.is_floating_point():
            expected = decay * before[name] + (1 - decay) * theirs.state_dict()[name]
            torch.testing.assert_close(after, expected, msg=name)


def test_statistics_of_a_norm_are_averaged_and_its_count_is_not():
    ours, theirs = network().eval(), network().train()
    theirs(torch.randn(8, 2, generator=torch.Generator().manual_seed(0)))
    follow(ours, theirs, share(0, 0.998))
    torch.testing.assert_close(ours[1].running_mean, 0.9 * theirs[1].running_mean)
    assert (ours[1].num_batches_tracked, theirs[1].num_batches_tracked) == (0, 1)


def test_the_average_has_no_gradient():
    ours = network()
    follow(ours, network(), share(0, 0.5))
    assert all(weight.grad_fn is None for weight in ours.parameters())


def test_a_blend_is_lerp_with_a_number_to_the_bit():
    ours, theirs = [*network().parameters()], [*network().parameters()]
    expected = [a.detach().lerp(b.detach(), 0.3) for a, b in zip(ours, theirs, strict=True)]
    with torch.no_grad():
        blend(ours, theirs, torch.tensor(0.3))
    assert all(torch.equal(a, b) for a, b in zip(ours, expected, strict=True))


def test_a_running_error_is_the_mean_of_all_at_first():
    errors, running = torch.rand(50, generator=torch.Generator().manual_seed(0)), torch.tensor(9.0)
    for step, error in enumerate(errors):
        running = running_error(running, error, torch.tensor(error_weights(step)))
        assert running == pytest.approx(errors[: step + 1].mean().item(), rel=1e-5)


def test_a_running_error_forgets_what_is_long_ago():
    late = running_error(torch.tensor(1.0), torch.tensor(2.0), torch.tensor(error_weights(10**6)))
    assert late == pytest.approx(ERROR_DECAY + 2 * (1 - ERROR_DECAY))
