"""A step of a sharp renderer: recorded it is the plain one, and it waits for no device."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from tests.training.compute.tape import META, Elsewhere, Watched, taped
from training.codes.mixture import Mixture
from training.compute.batches import PictureBatches
from training.compute.recording import WARM_UP
from training.model.config import ModelConfig
from training.model.networks import build
from training.run.sharp import SharpDecoder
from training.sharp import guard
from training.sharp import steps as module
from training.sharp.codes import CodedPictures, OtherCodes
from training.sharp.config import SharpConfig
from training.sharp.steps import FIGURES, Kind, SharpTrainer

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
CPU = torch.device("cpu")
SMALL = SharpConfig(
    steps=40, alone=0.3, batch=8, others=4, widths=(8, 16), discriminator=(8, 16), perceptual=0.0
)
DRAWN, JUDGED = Kind(True, False, False, False, False), Kind(False, True, False, False, False)
PLAIN = Kind(True, True, False, False, False)
PENALISED, BALANCED = PLAIN._replace(penalised=True), PLAIN._replace(penalised=True, balanced=True)
FIRST = BALANCED._replace(first=True)
KINDS = [DRAWN, JUDGED, JUDGED._replace(penalised=True), PLAIN, PENALISED, BALANCED, FIRST]


def trainer(
    faces: Prepared, tiny: ModelConfig, config=SMALL, device=CPU, start=False, **more
) -> SharpTrainer:
    generator = torch.Generator().manual_seed(0)
    codes = [torch.randn(77, 8, generator=generator).to(device) for _ in range(2)]
    pictures = PictureBatches(faces.pictures, faces.rows("train"), device)
    means, factors = np.zeros((2, 8), np.float32), np.tile(np.eye(8, dtype=np.float32), (2, 1, 1))
    others = OtherCodes.of(Mixture(np.array([0.5, 0.5], np.float32), means, factors), device)
    torch.manual_seed(1)
    model = build(tiny).to(device).eval().requires_grad_(False)
    begin = SharpDecoder(tiny, config.widths, config.blocks) if start else None
    coded = CodedPictures(pictures, codes[0], codes[1].exp())
    return SharpTrainer(coded, others, model, config, begin, **more)


def steps(one: SharpTrainer, first: int = 0, last: int = 40) -> torch.Tensor:
    """The figures of its steps."""
    return torch.stack([one.step(step).clone() for step in range(first, last)]).cpu()


@pytest.fixture
def often(monkeypatch):
    """All kinds of steps come often enough to be recorded and repeated."""
    monkeypatch.setattr(module, "LAZY", 2)
    monkeypatch.setattr(module, "BALANCED", 4)
    monkeypatch.setattr(guard, "FEWEST", 5)  # and the guard has something to judge by


@pytest.mark.parametrize(
    ("change", "start"),
    [({}, False), ({"others": 0, "perceptual": 0.15}, True), ({"learning_rate": 0.2}, False)],
    ids=str,
)
def test_the_recorded_step_is_the_plain_one(
    faces: Prepared, tiny: ModelConfig, change: dict, start: bool, often
):
    config = replace(SMALL, **change)
    plain = trainer(faces, tiny, config, start=start)
    recorded = trainer(faces, tiny, config, start=start, recorded=taped)
    found = steps(recorded)
    assert torch.equal(found, steps(plain))
    kinds = [plain.kind(step) for step in range(40)]
    alone = JUDGED if start else DRAWN
    for kind in (alone, PLAIN, PENALISED, BALANCED):
        assert kinds.count(kind) > WARM_UP + 1, kind
    if "learning_rate" in change:  # the guard did something
        assert found[:, FIGURES.index("guard")].min() < 1
    for part in ("average", "_opponents"):
        ours, theirs = (getattr(one, part).state_dict() for one in (plain, recorded))
        for name, value in ours.items():
            torch.testing.assert_close(
                theirs[name], value, rtol=0, atol=0, equal_nan=True, msg=name
            )


def test_a_recorded_training_is_resumed(faces: Prepared, tiny: ModelConfig, tmp_path, often):
    whole, first, rest = (trainer(faces, tiny, recorded=taped) for _ in range(3))
    expected = steps(whole)
    steps(first, last=23)
    first.save(tmp_path / "checkpoint.safetensors", 23, "this")
    assert rest.restore(tmp_path / "checkpoint.safetensors", "this") == 23
    assert torch.equal(steps(rest, first=23), expected[23:])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_step_looks_at_what_is_on_the_device(faces: Prepared, tiny: ModelConfig, kind: Kind):
    one = trainer(faces, tiny, replace(SMALL, perceptual=0.15))
    given = one.given(20)
    one.plain_step(kind, given)
    with Watched():
        one.plain_step(kind, given)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_all_that_a_step_takes_is_on_the_device(
    faces: Prepared, tiny: ModelConfig, kind: Kind, monkeypatch
):
    one = trainer(faces, tiny, replace(SMALL, perceptual=0.15), META)
    monkeypatch.setattr(one, "_fused", True)
    monkeypatch.setattr(one._optimizer, "step", lambda: None)  # torch's own: not on this device
    given = one.given(20)
    with Elsewhere():
        (found,) = one.plain_step(kind, given)
    assert found.shape == (len(FIGURES),)


def test_what_a_step_is_given_depends_on_its_number_alone(faces: Prepared, tiny: ModelConfig):
    one, other = trainer(faces, tiny), trainer(faces, tiny)
    steps(one, last=3)
    ours, theirs = (torch.utils._pytree.tree_leaves(each.given(3)) for each in (one, other))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_kinds_of_steps(faces: Prepared, tiny: ModelConfig):
    fresh = trainer(faces, tiny)
    assert {fresh.kind(step) for step in range(12)} == {DRAWN}
    assert fresh.kind(12) == FIRST
    assert [fresh.kind(step) for step in (13, 16, 20)] == [PLAIN, BALANCED, PENALISED]
    begun = trainer(faces, tiny, start=True)
    assert [begun.kind(step) for step in (3, 4)] == [JUDGED, JUDGED._replace(penalised=True)]
    assert begun.kind(12) == FIRST
    odd = trainer(faces, tiny, replace(SMALL, steps=50))  # alone for 15 steps
    assert odd.kind(15) == FIRST._replace(penalised=False)


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_the_recorded_step_is_the_plain_one(faces: Prepared, tiny: ModelConfig, often):
    device = torch.device("cuda")
    plain, recorded = (
        trainer(faces, tiny, device=device, **more)
        for more in ({"recorded": lambda device, step: step}, {})
    )
    # Adversaries drive apart what rounds differently.
    torch.testing.assert_close(
        steps(recorded, last=24), steps(plain, last=24), rtol=1e-2, atol=1e-2, equal_nan=True
    )


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_a_step_waits_for_nothing(faces: Prepared, tiny: ModelConfig, often):
    one = trainer(faces, tiny, device=torch.device("cuda"))
    steps(one, last=32)  # all kinds are recorded, which itself waits
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(32, 40):
            one.step(step)
    finally:
        torch.cuda.set_sync_debug_mode("default")
