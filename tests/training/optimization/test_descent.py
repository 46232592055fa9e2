"""One step: the gradient, clipped, and nothing after a loss that is not finite."""

import pytest
import torch
from torch import nn

from training.optimization.descent import descend
from training.optimization.divergence import Diverged


@pytest.mark.parametrize(("clip", "moved"), [(100.0, 10.0), (1.0, 1.0)])
def test_a_step_goes_down_the_gradient_as_far_as_it_is_clipped(clip: float, moved: float):
    network = nn.Linear(2, 1, bias=False)
    before = network.weight.detach().clone()
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    x = torch.tensor([[6.0, 8.0]])
    for step in range(2):  # the gradient of the step before is gone
        expected_loss = float(network(x))
        assert descend(network(x).sum(), network, optimizer, clip, step) == expected_loss
    expected = before - 2 * moved * torch.tensor([[0.6, 0.8]])
    torch.testing.assert_close(network.weight.detach(), expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("worth", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_moves_nothing(worth: float):
    network = nn.Linear(2, 1)
    before = [p.detach().clone() for p in network.parameters()]
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    with pytest.raises(Diverged, match=r"^expected a finite loss; found -?(nan|inf) at step 5$"):
        descend(network(torch.ones(1, 2)).sum() * worth, network, optimizer, 1.0, 4)
    for old, new in zip(before, network.parameters(), strict=True):
        assert torch.equal(old, new)
