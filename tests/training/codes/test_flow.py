"""The flow learns where codes lie, is told labels, and resumes to the same weights."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.training.compute.tape import META, step_elsewhere, taped, watched
from training.__main__ import main
from training.codes import flow
from training.codes.flow import (
    CHECKPOINT,
    Codes,
    example,
    fit,
    loss_of,
    make_flow,
    validation_loss,
)
from training.codes.flow_file import load_flow
from training.codes.flow_network import FlowConfig, VelocityNetwork, to_gaussian
from training.compute.randomness import Stream, seeded
from training.model.networks import build
from training.run.latents import Latents, load_latents, save_latents
from training.run.run_folder import FLOW, RunError, read_config, weights_key, write_weights

RNG = np.random.default_rng(0)
SMALL = {"width": 48, "depth": 2, "condition": 16, "dropout": 0.0}


def with_codes(run: Path, mean: np.ndarray, labels: np.ndarray, train: float = 0.8) -> Path:
    """The run folder with these codes (N, D) and labels (N, A), the first of them for training."""
    n = len(mean)
    save_latents(
        run,
        Latents(
            ids=np.array([f"{k:06}.jpg" for k in range(n)]),
            partition=np.where(np.arange(n) < train * n, "train", "validation"),
            mean=mean.astype(np.float32),
            logvar=np.full(mean.shape, -np.inf, np.float32),
            attributes=np.array(["Smiling", "Male"][: labels.shape[1]]),
            labels=labels,
            label_source="celeba",
            weights=weights_key(run),
            data="0123456789abcdef",
        ),
    )
    return run


@pytest.fixture
def gaussian(run: Path) -> Path:
    """A run whose codes are Gaussian, with a mean, spreads and a correlation that are known."""
    codes = RNG.multivariate_normal(MEAN, COVARIANCE, 4000)
    return with_codes(run, codes, RNG.random((4000, 2)) < 0.5)


MEAN = np.array([3.0, -1.0])
COVARIANCE = np.array([[4.0, 1.5], [1.5, 1.0]])


def test_an_untrained_network_is_the_exact_flow_to_independent_gaussians():
    network = VelocityNetwork(FlowConfig(3, 2, **SMALL))
    t = torch.linspace(0, 1, 11)
    x = torch.randn(11, 3)
    found = network(x, t, torch.randn(11, 2).sign())
    torch.testing.assert_close(found, to_gaussian(t)[:, None] * x)
    # Of places x_t = (1 - t) noise + t code the regression of code - noise on x_t.
    noise, code = torch.randn(2, 200_000)
    for t in (0.1, 0.5, 0.8):
        x = (1 - t) * noise + t * code
        slope = (x * (code - noise)).mean() / x.square().mean()
        assert slope.item() == pytest.approx(to_gaussian(torch.tensor(t)).item(), abs=0.02)


def test_training_learns_a_known_gaussian(gaussian: Path):
    figures = make_flow(gaussian, steps=300, batch=256, shape=SMALL)
    drawn = load_flow(gaussian).draw(range(3000))
    np.testing.assert_allclose(drawn.mean(0), MEAN, atol=0.25)
    np.testing.assert_allclose(np.cov(drawn.T), COVARIANCE, atol=0.45)
    assert (
        figures["validation_loss"] < figures["gaussian_loss"] - 0.05
    )  # the correlation is learned
    assert figures["codes"] == 3200
    assert figures["best_step"] in (250, 300)
    assert not (gaussian / CHECKPOINT).exists()


def test_a_label_that_is_asked_for_is_what_comes(run: Path):
    smiling, male = RNG.random((2, 4000)) < 0.5
    codes = 0.5 * RNG.standard_normal((4000, 2))
    codes[:, 0] += np.where(smiling, 2, -2)
    codes[:, 1] += np.where(male, 2, -2)
    with_codes(run, codes, np.stack([smiling, male], 1))
    make_flow(run, steps=600, batch=256, shape=SMALL)
    sampler = load_flow(run)
    free = sampler.draw(range(400))
    for axis in (0, 1):  # half of them each way where nothing is asked for
        assert (free[:, axis] > 0).mean() == pytest.approx(0.5, abs=0.12)
    assert sampler.together is not None
    unlabelled = sampler.draw(range(400), labelled=False)
    for axis in (0, 1):
        assert (unlabelled[:, axis] > 0).mean() == pytest.approx(0.5, abs=0.12)
    between = (np.abs(unlabelled) < 1).any(1).mean()  # where no code lies
    assert (np.abs(free) < 1).any(1).mean() < between
    assert (sampler.draw(range(100), having=["Smiling"])[:, 0] > 0).mean() > 0.95
    both = sampler.draw(range(100), having=["Male"], lacking=["Smiling"])
    assert ((both[:, 0] < 0) & (both[:, 1] > 0)).mean() > 0.95
    # More guidance goes further from what is not asked for.
    far = sampler.draw(range(100), having=["Smiling"], guidance=3.0)
    assert (
        far[:, 0].mean() > sampler.draw(range(100), having=["Smiling"], guidance=1.0)[:, 0].mean()
    )


def test_resuming_gives_the_same_weights_to_the_bit(gaussian: Path, monkeypatch):
    monkeypatch.setattr(flow, "CHECK_EVERY", 10)
    options = {"steps": 30, "batch": 32, "shape": SMALL | {"dropout": 0.1}}
    at_once = make_flow(gaussian, **options)
    whole = load_file(gaussian / FLOW)
    (gaussian / FLOW).unlink()
    assert make_flow(gaussian, **options, stop_after=7) == {}
    assert not (gaussian / FLOW).exists()
    assert make_flow(gaussian, **options, resume=True, stop_after=16) == {}
    assert make_flow(gaussian, **options, resume=True) == at_once
    resumed = load_file(gaussian / FLOW)
    assert resumed.keys() == whole.keys()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def known() -> Codes:
    torch.manual_seed(0)
    return Codes(torch.randn(50, 4), torch.rand(50, 4), torch.randn(50, 3).sign())


def trained(folder: Path, device: str = "cpu", **more) -> dict[str, torch.Tensor]:
    """The averaged weights of a small network after 12 steps."""
    codes, on = known(), torch.device(device)
    network = VelocityNetwork(FlowConfig(4, 3, **SMALL | {"dropout": 0.1})).to(on)
    about = {"steps": 12, "seed": 0, "batch": 16}
    return fit(network, codes, codes, folder / "c", about, on, **more).average.state_dict()


@pytest.mark.parametrize("recorded", [taped, watched])
def test_the_recorded_training_is_the_plain_one(tmp_path: Path, recorded):
    plain, other = trained(tmp_path), trained(tmp_path, recorded=recorded)
    for name, value in plain.items():
        assert torch.equal(value, other[name]), name


def test_all_that_a_step_takes_is_on_the_device():
    network = VelocityNetwork(FlowConfig(4, 3, **SMALL)).to(META)
    shown = example(known(), 16, seeded(0, Stream.STEP, 0)).to(META)
    step_elsewhere(network, loss_of(network, META), shown)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_recorded_training_is_the_plain_one(tmp_path: Path):
    plain = trained(tmp_path, "cuda", recorded=lambda device, step: step)
    recorded = trained(tmp_path, "cuda")
    for name, value in plain.items():
        torch.testing.assert_close(recorded[name], value, rtol=1e-2, atol=1e-2, msg=name)


def test_a_flow_is_taken_along_to_codes_that_are_turned(gaussian: Path, tmp_path: Path):
    make_flow(gaussian, steps=150, batch=128, shape=SMALL)
    kept, latents = load_flow(gaussian), load_latents(gaussian)
    again = shutil.copytree(gaussian, tmp_path / "again")
    begun = {"steps": 1, "batch": 8, "shape": SMALL, "start": gaussian}
    assert make_flow(again, **begun)["start"] == weights_key(gaussian)
    np.testing.assert_allclose(load_flow(again).draw(range(9)), kept.draw(range(9)), atol=0.02)
    write_weights(again, build(read_config(again).model))  # other weights, whose codes are mirrored
    flipped = replace(latents, mean=latents.mean * [1, -1], weights=weights_key(again))
    save_latents(again, replace(flipped, mean=flipped.mean.astype(np.float32)))
    make_flow(again, **begun)
    network, turned = (load_flow(folder).lead for folder in (gaussian, again))
    noise = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
    expected = network(noise * [1, -1]) * [1, -1]
    np.testing.assert_allclose(turned(noise), expected, atol=0.03)
    with pytest.raises(RunError, match="of the same size"):
        make_flow(again, **begun | {"shape": SMALL | {"width": 16}})


def test_a_checkpoint_of_another_training_is_refused(gaussian: Path):
    make_flow(gaussian, steps=5, batch=8, shape=SMALL, stop_after=2)
    with pytest.raises(RunError, match="start without --resume"):
        make_flow(gaussian, steps=6, batch=8, shape=SMALL, resume=True)


def test_the_best_weights_are_kept_and_a_training_that_gets_worse_ends(run: Path, monkeypatch):
    # 24 codes are soon learned by heart: the loss on others falls, then rises.
    with_codes(run, RNG.standard_normal((48, 16)), RNG.random((48, 1)) < 0.5, train=0.5)
    monkeypatch.setattr(flow, "CHECK_EVERY", 20)
    monkeypatch.setattr(flow, "PATIENCE", 5)
    shape = {"width": 128, "depth": 3, "condition": 16, "dropout": 0.0}
    seen = []
    look = flow.Kept.look

    def watched(self: flow.Kept, loss: float, step: int) -> None:
        look(self, loss, step)
        seen.append((loss, step))

    monkeypatch.setattr(flow.Kept, "look", watched)
    figures = make_flow(run, steps=5000, batch=64, shape=shape)
    losses = [loss for loss, _ in seen]
    best = int(np.argmin(losses))
    assert len(seen) - 1 - best == 5
    assert figures["best_step"] == seen[best][1]
    assert figures["validation_loss"] == pytest.approx(losses[best], abs=1e-5)


def test_what_a_step_sees_lies_on_the_path_between_noise_and_a_code():
    codes = Codes(torch.randn(50, 4), torch.full((50, 4), 1e-9), torch.randn(50, 3).sign())
    shown = example(codes, 2000, seeded(0, Stream.STEP, 0))
    t = shown.t[:, None]
    assert ((t > 0) & (t < 1)).all()
    code, noise = shown.x + (1 - t) * shown.velocity, shown.x - t * shown.velocity
    rows = torch.cdist(code, codes.x).argmin(1)
    torch.testing.assert_close(code, codes.x[rows], atol=1e-4, rtol=0)
    assert noise.std().item() == pytest.approx(1, abs=0.05)
    told = shown.wanted != 0
    torch.testing.assert_close(shown.wanted[told], codes.wanted[rows][told])
    # 0.7 of them tell labels, and of these a third on average, the mean of a square.
    assert told.float().mean().item() == pytest.approx(0.7 / 3, abs=0.03)
    assert (~told).all(1).float().mean().item() > 0.3
    assert told.all(1).any()


def test_codes_are_shown_up_to_half_a_standard_deviation_around_their_mean():
    codes = Codes(torch.zeros(1, 400), torch.full((1, 400), 2.0), torch.ones(1, 1))
    shown = example(codes, 300, seeded(0, Stream.STEP, 0))
    spread = (shown.x + (1 - shown.t[:, None]) * shown.velocity).std(1)
    assert spread.max().item() == pytest.approx(1.0, abs=0.15)
    assert spread.min() < 0.1


def test_the_loss_on_validation_codes_is_the_same_each_time():
    codes = Codes(torch.randn(500, 2), torch.zeros(500, 2), torch.ones(500, 1))
    network = VelocityNetwork(FlowConfig(2, 1, **SMALL))
    found = validation_loss(network, codes, 0)
    assert found == validation_loss(network, codes, 0) != validation_loss(network, codes, 1)
    # Of the exact flow to N(0, I): var(code - noise | x_t) = 1 / (t^2 + (1 - t)^2) for each value.
    t = torch.randn(200_000).sigmoid()
    assert found == pytest.approx((1 / (t.square() + (1 - t).square())).mean().item(), rel=0.1)


def test_the_command_makes_a_flow_and_says_what_is_missing(
    drawn_run: Path, tmp_path: Path, capsys, run: Path
):
    import shutil

    copy = shutil.copytree(drawn_run, tmp_path / "copy")
    assert main(["flow", str(copy), "--steps", "3", "--batch", "8", "--device", "cpu"]) == 0
    assert "validation_loss" in capsys.readouterr().out
    assert load_flow(copy).figures["steps"] == 3
    assert load_file(copy / FLOW)["into.weight"].dtype == torch.float16

    assert main(["flow", str(copy), "--resume"]) == 2
    assert f"{CHECKPOINT} in {copy}" in capsys.readouterr().err
    with_codes(run, RNG.standard_normal((10, 2)), np.zeros((10, 1), bool), train=1)
    assert main(["flow", str(run)]) == 2
    assert "found: 10 and 0 of them\nnext: python -m training encode" in capsys.readouterr().err
