"""Recorded calls do what plain ones do; on a GPU the record is a CUDA graph."""

import logging
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from tests.training.compute.tape import META, Elsewhere, Tape, Waits, Watched, tape, taped
from training.compute.recording import WARM_UP, Recorded, cuda_graph, recorded_on

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class Given(NamedTuple):
    x: Tensor
    rate: Tensor


def plain(function, given):
    return function


def given(number: int, count: int = 4, device: str = "cpu") -> Given:
    x = torch.randn(count, 3, generator=torch.Generator().manual_seed(number))
    return Given(x.to(device), torch.full((), 0.1 * number, device=device))


class Descent:
    """A small network that goes down a loss; the rate is what the call is given."""

    def __init__(self, device: str = "cpu"):
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(3, 5), nn.SiLU(), nn.Linear(5, 1)).to(device)
        self.calls = 0

    def __call__(self, given: Given) -> tuple[Tensor]:
        self.calls += 1
        self.network.zero_grad(set_to_none=True)
        loss = self.network(given.x).square().mean()
        loss.backward()
        weights = [*self.network.parameters()]
        with torch.no_grad():
            torch._foreach_sub_(weights, torch._foreach_mul([w.grad for w in weights], given.rate))
        return (loss.detach(),)


def losses(call, count: int = 8, device: str = "cpu") -> list[float]:
    return [call(given(k, device=device))[0].item() for k in range(count)]


def test_a_recorded_call_does_what_the_plain_one_does():
    one, other = Descent(), Descent()
    recorded = taped(torch.device("cpu"), other)
    assert losses(one) == losses(recorded)
    assert (one.calls, other.calls) == (8, WARM_UP + 1)
    for ours, theirs in zip(one.network.parameters(), other.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_what_a_call_gave_is_overwritten_by_the_next():
    call = Recorded(lambda given: (given.x + given.rate,), tape, plain)
    found = [call(given(k))[0] for k in range(WARM_UP + 2)]
    assert found[-2] is found[-1]
    assert torch.equal(found[-1], given(WARM_UP + 1).x + given(WARM_UP + 1).rate)


def test_a_number_of_python_is_recorded_as_it_was():
    """So the stand-in finds a step that depends on one."""
    numbers = iter(range(100))
    call = Recorded(lambda given: (given.x * next(numbers),), tape, plain)
    for k in range(WARM_UP + 1):
        call(given(k))
    assert torch.equal(call(given(9))[0], given(9).x * WARM_UP)


@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.sum().item(),
        lambda x: bool(x.max() > 0),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
    ],
)
def test_what_looks_at_a_value_is_not_recorded(look, caplog):
    with pytest.raises(Waits), Watched():
        look(torch.ones(3))
    seen = []
    call = Recorded(lambda given: seen.append(look(given.x)) or (given.x,), tape, plain)
    with caplog.at_level(logging.WARNING):
        for k in range(WARM_UP + 3):
            call(given(k))
    assert len(seen) == WARM_UP + 3  # recording stopped at it; all were called plainly
    assert [r.getMessage() for r in caplog.records] == [
        "Not recorded as a CUDA graph; goes on step by step"
    ]


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: x * torch.tensor([1.0, 2.0, 3.0]),
        lambda x: x + torch.zeros(3),
        lambda x: x[torch.zeros(2, dtype=torch.int64)],
        lambda x: nn.utils.clip_grad_norm_(x, 1.0),  # has no gradient: gives a 0 on the CPU
    ],
)
def test_what_takes_from_another_device_is_found_without_one(mix):
    with Elsewhere():
        x = torch.ones(3, device=META)
        torch.where(x > 0, 1.0, x).masked_fill(x > 0, 2.0)
        with pytest.raises((Waits, RuntimeError)):
            mix(x)


def test_other_shapes_are_refused():
    call = Recorded(lambda given: (given.x + given.rate,), tape, plain)
    for k in range(WARM_UP + 1):
        call(given(k))
    with pytest.raises(ValueError, match=r"expected \(4, 3\), as recorded; found \(1, 3\)"):
        call(given(0, count=1))


def test_the_tape_remembers_what_it_gives_and_not_what_is_changed_in_place():
    x = torch.zeros(2)
    with Tape() as recorded:
        y = (x + 1).view(2)
        y.mul_(2)
    x.fill_(3)
    recorded.play()
    assert y.tolist() == [8, 8]


def test_elsewhere_nothing_is_recorded():
    descent = Descent()
    assert recorded_on(torch.device("cpu"), descent) is descent


@pytest.mark.gpu
@needs_gpu
def test_a_graph_does_what_the_plain_call_does_and_waits_for_nothing():
    one, other = Descent("cuda"), Descent("cuda")
    expected = losses(one, device="cuda")
    call = recorded_on(torch.device("cuda"), other)
    found = []
    some = [given(k, device="cuda") for k in range(8)]
    torch.cuda.synchronize()
    for k, each in enumerate(some):
        if k > WARM_UP:  # recording itself waits, before and after
            torch.cuda.set_sync_debug_mode("error")
        try:
            found.append(call(each)[0].clone())
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert other.calls == WARM_UP + 1
    assert [loss.item() for loss in found] == pytest.approx(expected, rel=1e-5)


@pytest.mark.gpu
@needs_gpu
def test_a_look_at_a_value_cannot_be_recorded_as_a_graph():
    with pytest.raises(RuntimeError):
        cuda_graph(lambda given: (given.x * given.x.sum().item(),), given(1, device="cuda"))
    assert (torch.ones(2, device="cuda") + 1).sum().item() == 4  # the device is well
