"""Steps down a loss: as far as they are clipped, recorded as the plain ones, told now and then."""

import copy
import math
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from tests.training.compute.tape import META, step_elsewhere, taped, watched
from training.optimization.adam import Adam
from training.optimization.descent import Descent
from training.optimization.divergence import Diverged
from training.optimization.schedule import one_cycle

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class Own(NamedTuple):
    x: Tensor
    worth: Tensor


def own(number: int, worth: float = 1.0, device: str = "cpu") -> Own:
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(number))
    return Own(x.to(device), torch.full((), worth, device=device))


def network(device: str = "cpu") -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1)
    return nn.Sequential(*layers).to(device).train()


def descent(net: nn.Module, device: str = "cpu", **more) -> Descent:
    def loss(given: Own) -> tuple[Tensor, Tensor]:
        found = net(given.x)
        return given.worth * (found - 1).square().mean(), found.mean()

    optimizer = Adam(net.parameters(), 1e-2, 0.05)
    return Descent(net, loss, optimizer, one_cycle(optimizer, 1e-2, 20), **more)


def steps(one: Descent, count: int = 12, device: str = "cpu") -> list[list[float]]:
    found = []
    for step in range(count):
        torch.manual_seed(step)
        one.step(step, own(step, device=device))
        found.append(one.told(step + 1))
    return found


def by_torch(net: nn.Module, average: nn.Module, clip: float) -> list[float]:
    """The same, as one would write it down."""
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2, weight_decay=0.05)
    schedule, losses = one_cycle(optimizer, 1e-2, 20), []
    for step in range(12):
        torch.manual_seed(step)
        loss = (net(own(step).x) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        schedule.step()
        share = 1 - min((step + 1) / (step + 10), 0.6)
        for ours, theirs in zip(average.parameters(), net.parameters(), strict=True):
            ours.data.lerp_(theirs.data, share)
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("clip", [0.05, 100.0])
@pytest.mark.parametrize("recorded", [taped, watched, lambda device, step: step])
def test_it_does_what_torchs_optimizer_and_schedule_do_to_the_bit(clip: float, recorded):
    ours, theirs = network(), network()
    averages = copy.deepcopy(ours), copy.deepcopy(theirs)
    one = descent(ours, clip=clip, average=averages[0], ema=0.6, recorded=recorded)
    assert [told[0] for told in steps(one)] == by_torch(theirs, averages[1], clip)
    for pair in ((ours, theirs), averages):
        for a, b in zip(*(net.parameters() for net in pair), strict=True):
            assert torch.equal(a, b)


class Weighed(NamedTuple):
    x: Tensor
    worth: Tensor


def test_each_type_of_what_a_loss_is_of_is_recorded_by_itself():
    def halved(given: Own | Weighed) -> tuple[Tensor]:
        share = 0.5 if isinstance(given, Weighed) else 1.0
        return (share * nets[-1](given.x).square().mean(),)

    nets, found = [], []
    for recorded in (taped, lambda device, step: step):
        nets.append(network())
        optimizer = Adam(nets[-1].parameters(), 1e-2)
        one = Descent(
            nets[-1], halved, optimizer, one_cycle(optimizer, 1e-2, 20), recorded=recorded
        )
        for step in range(16):
            torch.manual_seed(step)
            given = own(step) if step % 3 else Weighed(*own(step))
            one.step(step, given)
            found.append(one.told(step + 1))
    assert found[:16] == found[16:]


def test_what_is_told_are_the_means_since_it_was_asked():
    apart, together = descent(network()), descent(network())
    every = torch.tensor(steps(apart, 6))
    for step in range(6):
        torch.manual_seed(step)
        together.step(step, own(step))
        if step in (1, 5):
            expected = every[:2] if step == 1 else every[2:]
            assert together.told(step + 1) == pytest.approx(expected.mean(0).tolist(), rel=1e-5)


@pytest.mark.parametrize("worth", [math.nan, math.inf])
def test_a_loss_that_was_not_finite_is_told_of(worth: float):
    one = descent(network())
    for step in range(5):
        one.step(step, own(step, worth if step == 3 else 1.0))
    with pytest.raises(Diverged, match=r"^expected a finite loss; found (nan|inf) in the steps"):
        one.told(5)


def test_all_that_a_step_takes_is_on_the_device():
    net = network().to(META)

    def loss(given: Own) -> tuple[Tensor]:
        return ((net(given.x) - 1).square().mean(),)

    step_elsewhere(net, loss, own(0, device=META))


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_the_recorded_steps_are_the_plain_ones():
    plain, recorded = (
        descent(network("cuda"), "cuda", **more)
        for more in ({"recorded": lambda device, step: step}, {})
    )
    expected = steps(plain, device="cuda")
    torch.testing.assert_close(
        torch.tensor(steps(recorded, device="cuda")), torch.tensor(expected), rtol=1e-3, atol=1e-4
    )


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_a_step_waits_for_nothing():
    net = network("cuda")
    one, some = descent(net, "cuda", average=copy.deepcopy(net), ema=0.9), own(0, device="cuda")
    for step in range(5):  # recording itself waits, before and after
        one.step(step, some)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(5, 8):
            one.step(step, some)
    finally:
        torch.cuda.set_sync_debug_mode("default")
