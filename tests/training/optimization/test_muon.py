"""The optimizer: orthogonal steps, those of torch's own Muon and Adam, and fewer of them."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from training.optimization.muon import COEFFICIENTS, Muon, orthogonal


@pytest.mark.parametrize("shape", [(24, 24), (16, 72), (72, 16), (1, 8), (512, 128)])
def test_a_step_points_where_the_nearest_orthogonal_matrix_does(shape: tuple[int, int]):
    """The nearest one is U V^T of the singular value decomposition."""
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, s, vt = torch.linalg.svd(1e-3 * matrix, full_matrices=False)
    found = orthogonal(1e-3 * matrix)
    assert found.shape == shape
    assert found.dtype == torch.float32
    seen = torch.diagonal(u.T @ found @ vt.T)
    large = s > 0.05 * s.max()  # five rounds do not lift the smallest to 1
    assert seen[large].min() > 0.6
    assert seen.max() < 1.3
    nearest = u @ vt
    assert (found * nearest).sum() / (found.norm() * nearest.norm()) > 0.97


@pytest.mark.parametrize(
    ("shape", "error"), [((24, 24), 1e-4), ((72, 16), 1e-4), ((256, 1152), 0.15)]
)
def test_it_is_five_rounds_of_newton_and_schulz(shape: tuple[int, int], error: float):
    """Each on the whole matrix, in float64; singular values span two decades, as gradients' do."""
    generator = torch.Generator().manual_seed(0)
    u, _, vt = torch.linalg.svd(torch.randn(shape, generator=generator), full_matrices=False)
    matrix = u * torch.logspace(0, -2, len(vt)) @ vt
    x = matrix.double() / matrix.norm()
    a, b, c = COEFFICIENTS
    for _ in range(5):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    many = torch.stack([matrix, 1e-2 * matrix.flip(0)])  # as a GPU takes them
    for found in (orthogonal(matrix), orthogonal(many)[0], orthogonal(many)[1].flip(0)):
        assert (found - x).norm() < error * x.norm()  # the largest may be in bfloat16


def test_elsewhere_than_on_a_cpu_weights_of_one_shape_go_together():
    """On the device meta, which has shapes and no values."""
    many = [nn.Parameter(torch.empty(6, 4, 3, 3, device="meta")) for _ in range(3)]
    for weight in many:
        weight.grad = torch.empty_like(weight)
    with FlopCounterMode(display=False) as counted:
        Muon(many, lr=0.1, weight_decay=0.0).step()
    operations = counted.get_flop_counts()["Global"]
    assert torch.ops.aten.bmm in operations
    assert torch.ops.aten.mm not in operations


def test_no_gradient_moves_nothing():
    assert not orthogonal(torch.zeros(4, 6)).any()


def steps(optimizer: torch.optim.Optimizer, weight: nn.Parameter, count: int = 8) -> torch.Tensor:
    """The weight after steps along gradients that depend on nothing but their number."""
    for k in range(count):
        weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(k))
        optimizer.step()
    return weight.detach()


def weights(shape: tuple[int, ...]) -> tuple[nn.Parameter, nn.Parameter]:
    start = torch.randn(shape, generator=torch.Generator().manual_seed(9))
    return nn.Parameter(start.clone()), nn.Parameter(start.clone())


def test_matrices_take_the_steps_of_torchs_muon():
    ours, theirs = weights((24, 60))
    found = steps(Muon([ours], lr=0.02, weight_decay=0.1), ours)
    twin = torch.optim.Muon([theirs], 0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    start, expected = weights((24, 60))[0], steps(twin, theirs)
    moved = (expected - start).norm()
    assert (found - expected).norm() < 0.02 * moved  # torch's is in bfloat16 on every device


def test_vectors_take_adams_steps():
    ours, theirs = weights((7,))
    found = steps(Muon([ours], lr=0.02, weight_decay=0.1), ours)
    expected = steps(torch.optim.AdamW([theirs], 0.02, weight_decay=0.0), theirs)  # none decays
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_a_kernel_counts_as_the_matrix_of_its_outputs(memory: torch.memory_format):
    kernel = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(1))
    gradient = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(2))
    as_kernel = nn.Parameter(kernel.clone(memory_format=memory))
    as_matrix = nn.Parameter(kernel.permute(0, 2, 3, 1).reshape(6, 36).clone())
    as_kernel.grad = gradient.clone(memory_format=memory)
    as_matrix.grad = gradient.permute(0, 2, 3, 1).reshape(6, 36).clone()
    for weight in (as_kernel, as_matrix):
        Muon([weight], lr=0.1, weight_decay=0.0).step()
    found = as_kernel.detach().permute(0, 2, 3, 1).reshape(6, 36)
    torch.testing.assert_close(found, as_matrix.detach())
    assert not torch.equal(as_kernel.detach(), kernel)


def test_rare_directions_are_learnt_as_well():
    """A linear map of inputs that vary far more along some directions than along others."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(32, 32, generator=generator))[0]
    wanted = torch.randn(32, 32, generator=generator)
    left = []
    for kind in (Muon, torch.optim.AdamW):
        weight = nn.Parameter(torch.zeros(32, 32))
        optimizer = kind([weight], lr=0.3, weight_decay=0.0)
        schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, 300)
        for _ in range(300):
            x = torch.randn(64, 32, generator=generator) * torch.logspace(0, -1.5, 32) @ turn
            optimizer.zero_grad()
            (x @ (weight - wanted).T).square().mean().backward()
            optimizer.step()
            schedule.step()
        left.append((weight.detach() - wanted).norm() / wanted.norm())
    assert left[0] < 0.05
    assert left[0] < 0.3 * left[1]
