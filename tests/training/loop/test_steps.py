"""A step of training: recorded it is the plain one, and it waits for no device."""

from dataclasses import replace

import pytest
import torch

from data.prepared import Prepared
from tests.training.compute.tape import Watched, taped
from training.compute.batches import PictureBatches, batch_steps
from training.compute.processes import Processes
from training.compute.recording import WARM_UP
from training.loop.steps import Trainer
from training.model.config import ModelConfig, TrainingConfig

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
CPU = torch.device("cpu")
SHORT = TrainingConfig(epochs=3, batch=16, free_bits=0.5, warm_up=2.0)  # 12 steps


def trainer(faces: Prepared, model: ModelConfig, training=SHORT, device=CPU, **more) -> Trainer:
    pictures = PictureBatches(faces.pictures, faces.rows("train"), device)
    return Trainer(pictures, model, training, 12, Processes(device), **more)


def steps(one: Trainer, training=SHORT, first=0, last=12, device: str = "cpu"):
    """Its parts, gradient norms and learning rates, step by step."""
    found = []
    order = batch_steps(77, training.batch, training.epochs, 0, first, last, device)
    for step, index in order:
        parts, norm = one.step(step, index, training.beta_at((step + 1) / 4))
        found.append(torch.stack([*parts, norm, torch.tensor(one.learning_rate).to(norm)]))
    return torch.stack(found).cpu()


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(
    "change",
    [{}, {"likelihood": "laplace"}, {"likelihood": "logistic-mixture"}, {"kind": "ae"}],
    ids=str,
)
def test_the_recorded_step_is_the_plain_one(
    faces: Prepared, tiny: ModelConfig, change: dict, order: torch.memory_format, monkeypatch
):
    monkeypatch.setattr("training.loop.steps.training_order", lambda device: order)
    model = replace(tiny, **change)
    training = SHORT if model.kind == "vae" else replace(SHORT, free_bits=0.0, warm_up=0.0)
    plain, recorded = (
        trainer(faces, model, training, **more) for more in ({}, {"recorded": taped})
    )
    found = steps(recorded, training)
    assert torch.equal(found, steps(plain, training))
    assert len(found) > 2 * WARM_UP
    for name, value in plain.average.state_dict().items():
        assert torch.equal(value, recorded.average.state_dict()[name]), name
    for name, value in plain._model.state_dict().items():
        assert torch.equal(value, recorded._model.state_dict()[name]), name


def test_a_recorded_training_is_resumed(faces: Prepared, tiny: ModelConfig, tmp_path):
    whole, first, rest = (trainer(faces, tiny, recorded=taped) for _ in range(3))
    expected = steps(whole)
    steps(first, last=5)
    first.save(tmp_path / "checkpoint.safetensors", 5)
    assert rest.restore(tmp_path / "checkpoint.safetensors") == 5
    assert torch.equal(steps(rest, first=5), expected[5:])


def test_no_step_looks_at_what_is_on_the_device(faces: Prepared, tiny: ModelConfig):
    one = trainer(faces, tiny, replace(SHORT, perceptual=10.0))
    index = torch.arange(16)
    one.step(0, index, 1.0)
    given = one.given(1, index, 1.0)
    with Watched():
        one.plain_step(given)


def test_what_a_step_is_given_depends_on_its_number_alone(faces: Prepared, tiny: ModelConfig):
    one, other = trainer(faces, tiny), trainer(faces, tiny)
    steps(one, last=3)
    index = torch.arange(16)
    for ours, theirs in zip(one.given(3, index, 0.5), other.given(3, index, 0.5), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_the_recorded_step_is_the_plain_one(faces: Prepared, tiny: ModelConfig):
    device = torch.device("cuda")
    plain, recorded = (
        trainer(faces, tiny, device=device, **more)
        for more in ({"recorded": lambda device, step: step}, {})
    )
    torch.testing.assert_close(
        steps(recorded, device="cuda"), steps(plain, device="cuda"), rtol=1e-3, atol=1e-3
    )


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_a_resumed_training_is_the_whole_one_bit_for_bit(
    faces: Prepared, tiny: ModelConfig, tmp_path
):
    device = torch.device("cuda")
    whole, first, rest = (trainer(faces, tiny, device=device) for _ in range(3))
    expected = steps(whole, device="cuda")
    steps(first, last=5, device="cuda")
    first.save(tmp_path / "checkpoint.safetensors", 5)
    rest.restore(tmp_path / "checkpoint.safetensors")
    assert torch.equal(steps(rest, first=5, device="cuda"), expected[5:])


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_a_step_waits_for_nothing(faces: Prepared, tiny: ModelConfig):
    one = trainer(faces, tiny, device=torch.device("cuda"))
    order = torch.randperm(77, device="cuda")[:16]
    for step in range(WARM_UP + 1):  # recording itself waits, before and after
        one.step(step, order, 1.0)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(WARM_UP + 1, WARM_UP + 4):
            one.step(step, order, 1.0)
    finally:
        torch.cuda.set_sync_debug_mode("default")
