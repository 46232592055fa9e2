"""What stands for a GPU notices what would wait for one, and computes what the CPU does."""

import numpy as np
import pytest
import torch

from tests.training.compute.far_device import CUDA, Far, far_device
from training.compute.batches import PictureBatches, to_device


@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.sum().item(),
        lambda x: float(x[0, 0]),
        lambda x: bool((x > 0).any()),
        lambda x: x.cpu(),
        lambda x: x[x > 0],
        lambda x: x[torch.arange(2)],
        lambda x: x + torch.ones(2, 3).to(x.device),
        lambda x: x.copy_(torch.ones(2, 3)),
        lambda x: torch.ones(2, 3).copy_(x),
        lambda x: torch.ones(2, 3).to(x.device, non_blocking=True),  # from memory that may move
        lambda x: torch.linalg.eigh(x @ x.T),
    ],
)
def test_each_look_at_a_value_and_each_way_there_and_back_is_one_wait(look, monkeypatch):
    with far_device(monkeypatch) as device:
        x = torch.ones(2, 3, device=CUDA)
        assert (type(x), x.device) == (Far, CUDA)
        look(x)
    assert len(device.waits) == 1
    assert "test_far_device.py" in device.waits[0]


def test_what_is_computed_there_waits_for_nothing_and_is_right(monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)
    with far_device(monkeypatch) as device:
        batches = PictureBatches(pictures, np.arange(5), CUDA)
        noise = torch.ones(5)
        before = len(device.waits)
        parts = list(batches.in_order(2))
        some = batches.batch(torch.tensor([3, 1]))
        found = torch.cat(parts).mean((1, 2, 3)) + to_device(noise, CUDA)
        found.mul_(2)
        assert len(device.waits) == before
        np.testing.assert_array_equal(some.cpu(), torch.stack([parts[1][1], parts[0][1]]).cpu())
        expected = (pictures / 255).mean((1, 2, 3)) + 1
        np.testing.assert_allclose(found.cpu(), 2 * expected, rtol=1e-6)


def test_tensors_of_two_devices_do_not_meet(monkeypatch):
    with (
        far_device(monkeypatch),
        pytest.raises(RuntimeError, match="expected all tensors on one device; add has two"),
    ):
        torch.ones(3, device=CUDA) + torch.ones(3)
