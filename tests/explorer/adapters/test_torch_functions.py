"""Functions that are none of torch, or no encoder and decoder, are told before anything is made."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from data.errors import DataError
from explorer.adapters.torch_functions import to_graphs

PICTURES = np.zeros((5, 3, 8, 8), np.float32)


def flat(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1)


def back(z: torch.Tensor) -> torch.Tensor:
    return z.unflatten(1, (3, 8, 8))


@pytest.mark.parametrize(
    ("encode", "decode", "expected", "found"),
    [
        (lambda x: x.numpy(), back, "or mean and log-variance, from encode", "1 of ndarray"),
        (lambda x: (flat(x),) * 3, back, "or mean and log-variance, from encode", "3 of Tensor"),
        (flat, lambda z: (back(z),) * 2, "one tensor of torch from decode", "2 of Tensor"),
        (torch.nn.Conv2d(1, 1, 1), back, "encode that takes (5, 3, 8, 8) float32", "RuntimeError"),
        (
            lambda x: flat(x) if x.sum() > 0 else -flat(x),
            back,
            "encoder that torch can export as ONNX",
            "data-dependent",
        ),
    ],
)
def test_what_cannot_be_adopted(encode: Callable, decode: Callable, expected: str, found: str):
    with pytest.raises(DataError) as caught:
        to_graphs(encode, decode, PICTURES, "here")
    assert expected in caught.value.expected
    assert found in caught.value.found
    assert caught.value.next


def test_modules_are_put_into_eval_mode():
    encode = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.5))
    to_graphs(encode, back, PICTURES + 1, "here")
    assert not encode.training
