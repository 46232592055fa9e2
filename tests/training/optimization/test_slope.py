"""How steep a score is: closed forms, and by differences."""

import torch

from training.optimization.slope import squared_slope


def test_of_a_plane_it_is_its_slope_in_units_of_the_spread():
    x = torch.randn(5, 3, requires_grad=True)
    weights, spread = torch.tensor([1.0, -2.0, 2.0]), torch.tensor([1.0, 0.5, 2.0])
    assert squared_slope((x @ weights).sum(), x).item() == 9
    assert squared_slope((x @ weights).sum(), x, spread).item() == 1 + 1 + 16


def test_it_is_what_differences_say_of_pictures_and_has_a_gradient():
    torch.manual_seed(0)
    x = torch.randn(4, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(12, dtype=torch.float64, requires_grad=True)

    def score(x: torch.Tensor) -> torch.Tensor:
        return (x.flatten(1) @ weight).square()

    found = squared_slope(score(x).sum(), x)
    slopes = torch.zeros(4, dtype=torch.float64)
    for k in range(12):
        move = 1e-5 * torch.eye(12, dtype=torch.float64)[k].view(1, 3, 2, 2)
        slopes += ((score(x + move) - score(x - move)) / 2e-5).square()
    torch.testing.assert_close(found, slopes.mean(), rtol=1e-6, atol=0)
    (gradient,) = torch.autograd.grad(found, weight)
    assert gradient.abs().min() > 0
