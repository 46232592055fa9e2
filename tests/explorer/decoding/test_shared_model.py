"""The model that all share: lent to one at a time, and as frozen afterwards as before."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.decoding.decoder import Decoder
from explorer.decoding.shared_model import SharedModel
from training.run.run_folder import WEIGHTS, RunError


@pytest.fixture(scope="module")
def model(drawn_run: Path) -> SharedModel:
    """The model of the drawn run on the CPU."""
    return SharedModel(drawn_run, "cpu")


def test_one_at_a_time_has_the_turn(model: SharedModel):
    inside, most = [], []

    def take(_: int) -> None:
        with model.turn():
            inside.append(1)
            time.sleep(0.001)  # the others would come in now
            most.append(len(inside))
            inside.pop()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take, range(40)))
    assert max(most) == 1


def test_a_turn_that_failed_is_over(model: SharedModel):
    with pytest.raises(ZeroDivisionError), model.turn():
        raise ZeroDivisionError
    assert Decoder(model).decode(np.zeros((1, 8), np.float32)).any()


def test_gradients_are_of_codes_never_of_the_weights(model: SharedModel):
    z = torch.zeros(1, 8, requires_grad=True)
    with model.turn() as network:
        assert torch.is_inference_mode_enabled()
        assert not network.decode(z).requires_grad
    with torch.no_grad(), model.turn(gradients=True) as network:  # whatever the caller's mode
        network.decode(z).sum().backward()
    assert z.grad.any()
    assert all(weight.grad is None for weight in model.network.parameters())


def test_a_device_that_is_not_there_is_refused(drawn_run: Path):
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ValueError, match=f"expected --device auto or one of: .*'{absent}'"):
        SharedModel(drawn_run, absent)


def test_a_run_without_weights_is_refused(own_run: Path):
    (own_run / WEIGHTS).unlink()
    with pytest.raises(RunError, match=f"expected: {WEIGHTS} in {own_run}\nfound: no such file"):
        SharedModel(own_run, "cpu")
