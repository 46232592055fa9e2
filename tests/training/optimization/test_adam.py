"""Adam by what torch's own does."""

import copy

import pytest
import torch
from torch import nn

from training.optimization.adam import Adam
from training.optimization.schedule import one_cycle


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.Conv2d(8, 5, 3)).to(
        memory_format=torch.channels_last
    )


@pytest.mark.parametrize(
    ("decay", "theirs"), [(0.05, torch.optim.AdamW), (0.0, torch.optim.Adam)], ids=str
)
def test_it_does_what_torchs_does_to_the_bit_and_goes_on_from_its_state(decay: float, theirs):
    one, other = network(), network()
    groups = [
        [{"params": [*net[0].parameters()]}, {"params": [*net[1:].parameters()]}]
        for net in (one, other)
    ]
    optimizers = (
        theirs(groups[0], 1e-2, weight_decay=decay, betas=(0.9, 0.99)),
        Adam(groups[1], 1e-2, decay, (0.9, 0.99)),
    )
    schedules = [one_cycle(optimizer, [1e-2, 3e-3], 30) for optimizer in optimizers]
    for step in range(20):
        if step == 10:  # goes on from what a checkpoint of the other holds
            state = copy.deepcopy(optimizers[0].state_dict())
            state["param_groups"] = optimizers[1].state_dict()["param_groups"]
            optimizers[1].load_state_dict(state)
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            a.grad = torch.randn_like(a) * 0.1 ** (step % 4)
            b.grad = a.grad.clone()
        optimizers[0].step()
        optimizers[1].step(optimizers[1].next())
        for schedule in schedules:
            schedule.step()
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.equal(a, b), step
    ours, theirs_ = (optimizer.state_dict()["state"] for optimizer in optimizers)
    assert ours.keys() == theirs_.keys()
    assert ours[0].keys() == theirs_[0].keys()
