"""Which device is taken, and what is said when the wanted one is not there."""

import re

import pytest
import torch

from training.compute.device import bfloat16_helps, constant, mixed_precision, pick_device

CPU = torch.device("cpu")
PRESENT = [
    *(["cuda"] if torch.cuda.is_available() else []),
    *(["mps"] if torch.backends.mps.is_available() else []),
    "cpu",
]
MISSING = [name for name in ("cuda", "cuda:1", "mps", "gpu", "") if name[:4] not in PRESENT]


def test_auto_takes_the_best_device_that_works():
    device = pick_device("auto")
    assert device.type == PRESENT[0]
    assert torch.ones(2, device=device).sum() == 2


@pytest.mark.parametrize("name", PRESENT)
def test_a_present_device_can_be_named(name: str):
    assert pick_device(name).type == name


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_device_is_refused_with_the_list_of_those_present(name: str):
    message = f"expected --device auto or one of: {', '.join(PRESENT)}; found {name!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pick_device(name)


@pytest.mark.parametrize(("asked", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_products_are_bfloat16_only_where_asked_for(asked: bool, dtype: torch.dtype):
    weight = torch.ones(2, 2, requires_grad=True)
    with mixed_precision(CPU, asked):
        product = weight @ weight
    assert product.dtype == dtype
    product.sum().backward()
    assert weight.grad.dtype == torch.float32


def test_bfloat16_is_left_alone_where_nothing_is_known_of_it():
    assert bfloat16_helps(torch.device("mps")) is False


def test_numbers_are_brought_to_a_device_once():
    with torch.inference_mode():
        first = constant((0.0, 1.0), CPU)
    assert constant((0.0, 1.0), CPU) is first
    assert not first.is_inference()  # a training may keep it for its gradient
    assert constant((0, 1), CPU, torch.int64).dtype == torch.int64 != first.dtype
