"""The networks of a run: the same by onnxruntime and by torch, safe for many threads, frozen."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.decoding.networks_on_cpu import NetworksOnCpu
from explorer.decoding.networks_on_gpu import NetworksOnGpu
from explorer.decoding.shared_model import SharedModel
from training.run.run_folder import SHARP, WEIGHTS, RunError
from training.run.tensors import load_tensors, save_tensors

DRAW = np.random.default_rng(0).standard_normal


@pytest.fixture(scope="module")
def by_torch(drawn_run: Path) -> NetworksOnGpu:
    """The networks of the drawn run as a GPU has them."""
    return NetworksOnGpu(drawn_run, "cpu")


@pytest.fixture(scope="module")
def by_onnxruntime(drawn_run: Path) -> NetworksOnCpu:
    """The same as a CPU has them."""
    return NetworksOnCpu(drawn_run)


def test_both_say_the_same(by_torch: NetworksOnGpu, by_onnxruntime: NetworksOnCpu):
    codes = DRAW((5, 8), np.float32)
    outputs = by_torch.outputs(codes)
    assert (outputs.shape, outputs.dtype) == ((5, 3, 64, 64), np.float32)
    x = np.random.default_rng(1).random(outputs.shape, np.float32)
    fits, by_autograd = (n.code_loss(codes, x, 4.0) for n in (by_onnxruntime, by_torch))
    pictures = by_torch.means()(codes)
    assert np.abs(by_onnxruntime.means()(codes).astype(int) - pictures).max() <= 1
    for found, expected in (
        (by_onnxruntime.outputs(codes), outputs),
        (by_onnxruntime.features(codes), by_torch.features(codes)),
        *zip(fits, by_autograd, strict=True),
        *zip(by_onnxruntime.posterior(pictures), by_torch.posterior(pictures), strict=True),
    ):
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    assert by_onnxruntime.log_sigma == by_torch.log_sigma


def test_an_hourglass_has_no_spread(drawn_twin: Path):
    pictures = np.zeros((2, 64, 64, 3), np.uint8)
    for networks in (NetworksOnCpu(drawn_twin), NetworksOnGpu(drawn_twin, "cpu")):
        mean, logvar = networks.posterior(pictures)
        assert np.isfinite(mean).all()
        assert (logvar == -np.inf).all()


def test_torch_lends_the_model_to_one_at_a_time_and_a_turn_that_failed_is_over(
    by_torch: NetworksOnGpu,
):
    inside, most = [], []

    def take(_: int) -> None:
        with by_torch.turn():
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take, range(40)))
    assert max(most) == 1
    with pytest.raises(ZeroDivisionError), by_torch.turn():
        raise ZeroDivisionError
    assert by_torch.outputs(np.zeros((1, 8), np.float32)).any()


def test_gradients_are_of_codes_never_of_the_weights(by_torch: NetworksOnGpu):
    z = torch.zeros(1, 8, requires_grad=True)
    with by_torch.turn() as network:
        assert torch.is_inference_mode_enabled()
        assert not network.decode(z).requires_grad
    with torch.no_grad(), by_torch.turn(gradients=True) as network:  # whatever the caller's mode
        network.decode(z).sum().backward()
    assert z.grad.any()
    assert all(weight.grad is None for weight in by_torch.model.parameters())


def test_a_device_that_is_not_there_is_refused(drawn_run: Path):
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ValueError, match=f"expected --device auto or one of: .*'{absent}'"):
        SharedModel(drawn_run, absent)


def test_a_device_that_needs_torch_says_so(drawn_run: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("explorer.decoding.device.has_torch", lambda: False)
    with pytest.raises(ValueError, match=r"'cuda'; next: pip install \".\[train\]\""):
        SharedModel(drawn_run, "cuda")
    monkeypatch.setattr("explorer.decoding.device.may_have_gpu", lambda: True)
    assert SharedModel(drawn_run).device == "cpu"


def test_a_run_without_weights_is_refused(own_run: Path):
    (own_run / WEIGHTS).unlink()
    with pytest.raises(RunError, match=f"expected: {WEIGHTS} in {own_run}\nfound: no such file"):
        SharedModel(own_run, "cpu")


def test_a_sharp_renderer_of_other_widths_is_refused(drawn_sharp_run: Path, tmp_path: Path):
    run = shutil.copytree(drawn_sharp_run, tmp_path / "run")
    tensors, about = load_tensors(run / SHARP, numpy=True)
    save_tensors(run / SHARP, tensors, about | {"widths": "[8, 8, 16, 16]"})
    with pytest.raises(RunError, match=r"of shape(.|\n)*next: .*python -m training sharpen"):
        NetworksOnCpu(run).sharp(run)
