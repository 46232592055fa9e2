"""The critic tells edited codes from faces', and what is told leads edits where faces are."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import softplus

from training.edits.critic import EDITED, SLOPE, WRONG, Contest, Critic, told_apart

LABELS = 3


@pytest.fixture
def critic() -> Critic:
    torch.manual_seed(0)
    return Critic(torch.randn(4), torch.rand(4) + 0.5, LABELS, 8).double()


@pytest.fixture
def contest() -> Contest:
    torch.manual_seed(1)
    labels = [(torch.rand(6, LABELS) < 0.5).double() for _ in range(3)]
    codes, faces = torch.randn(2, 6, 4).double()
    asked = torch.zeros(6, dtype=torch.long), torch.ones(6, dtype=torch.long)
    return Contest(codes, *asked, labels[0], faces, labels[1], labels[2])


def slopes(critic: Critic, contest: Contest, step: float = 1e-5) -> Tensor:
    """(6, 4): how the critic's word of faces changes along each dimension, in standard deviations,
    by differences."""
    found = torch.empty(6, 4).double()
    for k in range(4):
        moved = torch.zeros(4).double()
        moved[k] = step
        ahead, back = (critic(contest.faces + s * moved, contest.labels) for s in (1, -1))
        found[:, k] = (ahead - back) / (2 * step) * critic.spread[k]
    return found


def test_it_costs_what_is_not_told_and_the_slope_at_faces(critic: Critic, contest: Contest):
    edited = contest.codes + 0.3
    found = told_apart(critic, edited, contest, 2.0)
    with torch.no_grad():
        expected = softplus(-critic(contest.faces, contest.labels)).mean()
        expected += EDITED * softplus(critic(edited, contest.wished)).mean()
        expected += WRONG * softplus(critic(contest.faces, contest.wrong)).mean()
        expected += SLOPE / 2 * slopes(critic, contest).square().sum(1).mean()
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)


def test_what_is_told_leads_the_edit_the_other_way_and_the_critic_not(
    critic: Critic, contest: Contest
):
    def gradients(factor: float) -> tuple[Tensor, Tensor]:
        edited = (contest.codes + 0.3).requires_grad_()
        told_apart(critic.requires_grad_(), edited, contest, factor).backward()
        of_critic = critic.any.weight.grad.clone()
        critic.zero_grad()
        return edited.grad, of_critic

    edited = (contest.codes + 0.3).requires_grad_()
    told = EDITED * softplus(critic(edited, contest.wished)).mean()
    (downhill,) = torch.autograd.grad(told, edited)
    twice, of_critic = gradients(2.0)
    none, same = gradients(0.0)
    torch.testing.assert_close(twice, -2 * downhill)
    assert not none.any()
    assert torch.equal(of_critic, same)


def test_edits_end_where_faces_are_that_are_labelled_so():
    """Faces with the label lie elsewhere and narrower in the second dimension; the third tells
    nothing and stays."""
    rng = np.random.default_rng(0)
    labels = torch.from_numpy(rng.integers(0, 2, (4000, 1))).float()
    noise = torch.from_numpy(rng.normal(size=(4000, 3))).float()
    place, width = (
        torch.tensor([[0.0, 0, 0], [2.0, -1, 0]]),
        torch.tensor([[1.0, 1, 1], [1, 0.3, 1]]),
    )
    has = labels[:, 0].long()
    codes = place[has] + width[has] * noise
    lacks, holds = codes[has == 0], codes[has == 1]
    torch.manual_seed(0)
    critic = Critic(codes.mean(0), codes.std(0), 1, 32)
    step = torch.nn.Linear(3, 3)
    torch.nn.init.zeros_(step.weight)
    torch.nn.init.zeros_(step.bias)
    optimizer = torch.optim.Adam(
        [{"params": step.parameters()}, {"params": critic.parameters(), "betas": (0.0, 0.99)}], 5e-3
    )
    ones, asked = torch.ones(128, 1), torch.ones(128, dtype=torch.long)
    for _ in range(1500):
        before, faces = (x[torch.randint(len(x), (128,))] for x in (lacks, holds))
        made = before + step(before)
        contest = Contest(before, asked, asked, ones, faces, ones, 1 - ones)
        optimizer.zero_grad()
        told_apart(critic, made, contest, 2.0).backward()
        optimizer.step()
    with torch.no_grad():
        edited = lacks + step(lacks)
    np.testing.assert_allclose(edited.mean(0), [2, -1, 0], atol=0.25)
    assert edited[:, 1].std() < 0.6
    assert edited[:, 2].std() > 0.7
