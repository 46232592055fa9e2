"""Sharp renderers of drawn faces: sharper than the mean, resumed to the bit, refused well."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from data.prepared import Prepared
from training.__main__ import main
from training.codes.encode import encode
from training.codes.mixture import Mixture
from training.loop.loop import fit
from training.model.config import ConfigError, ModelConfig, TrainingConfig
from training.model.networks import build
from training.optimization.divergence import Diverged
from training.run.latents import load_latents, save_latents
from training.run.run_folder import (
    CONFIG,
    LATENTS,
    METRICS,
    SHARP,
    SHARP_CHECKPOINT,
    SHARP_METRICS,
    WEIGHTS,
    RunError,
    read_config,
    write_config,
    write_weights,
)
from training.run.sharp import load_sharp
from training.sharp.codes import OtherCodes, coded_pictures
from training.sharp.config import SharpConfig
from training.sharp.discriminator import Discriminator
from training.sharp.schedule import LAST_PENALTY, LOWEST, penalty_at, rate_at
from training.sharp.sharpen import sharpen

CPU = torch.device("cpu")
SMALL = SharpConfig(
    steps=12, alone=0.34, batch=8, others=4, widths=(8, 16), discriminator=(8, 16), ema=0.9
)
LONGER = SharpConfig(
    steps=300,
    alone=0.2,
    batch=16,
    others=8,
    widths=(8, 16),
    discriminator=(16, 32),
    learning_rate=2e-3,
    discriminator_rate=1e-3,
    perceptual=0.0,
    adversarial=1.5,
    ema=0.95,
)


@pytest.fixture(scope="module")
def trained(faces: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VAE of drawn faces with its codes. Shared: copy before writing."""
    run = tmp_path_factory.mktemp("trained") / "run"
    model = ModelConfig(size=16, latent=8, widths=(8, 16))
    fit(faces, run, model, TrainingConfig(epochs=40, batch=16, learning_rate=1e-2), device=CPU)
    encode(run, faces, CPU)
    return run


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "run")


def test_it_is_sharper_than_the_mean_and_stays_near_the_pictures(faces: Prepared, copied: Path):
    nothing = {"adversarial": 0.0, "matching": 0.0, "cycle": 0.0}
    alone = sharpen(faces, copied, replace(LONGER, **nothing), device=CPU)["sharp"]
    figures = sharpen(faces, copied, LONGER, device=CPU)
    sharp, mean = figures["sharp"], figures["mean"]
    assert sharp["sharpness"] > mean["sharpness"] + 0.08
    assert sharp["sharpness"] > alone["sharpness"] + 0.05  # it is the discriminator that does it
    assert sharp["psnr_db"] > mean["psnr_db"] - 1
    assert sharp["psnr_db"] > alone["psnr_db"] - 1
    kept = load_sharp(copied)
    assert kept.figures == figures
    assert (figures["steps"], figures["done"], figures["widths"]) == (300, 300, [8, 16])
    codes = coded_pictures(copied, faces, "validation", CPU)
    drawn = kept.network(codes.mean)
    x = codes.pictures.batch(torch.arange(len(codes.mean)))
    psnr = -10 * (drawn - x).square().mean().log10().item()
    assert psnr == pytest.approx(sharp["psnr_db"], abs=1e-3)
    assert not (copied / SHARP_CHECKPOINT).exists()


def test_a_resumed_training_gives_the_same_to_the_bit(
    faces: Prepared, trained: Path, tmp_path: Path
):
    whole, parts = (shutil.copytree(trained, tmp_path / name) for name in ("whole", "parts"))
    sharpen(faces, whole, SMALL, device=CPU)
    for number, stop in enumerate((3, 5, None)):  # in either phase
        sharpen(faces, parts, SMALL, device=CPU, resume=number > 0, stop_after=stop)
    one, other = (load_sharp(run) for run in (whole, parts))
    assert one.figures == other.figures
    after = other.network.state_dict()
    assert all(torch.equal(v, after[k]) for k, v in one.network.state_dict().items())
    lines = [json.loads(line) for line in (parts / SHARP_METRICS).read_text().splitlines()]
    assert [line["step"] for line in lines] == [3, 8, 12]
    assert all(line["validation_sharpness"] > 0 for line in lines)


def test_it_begins_with_a_renderer_of_other_weights(faces: Prepared, copied: Path, tmp_path: Path):
    sharpen(faces, copied, SMALL, device=CPU)
    first = load_sharp(copied).network.state_dict()
    other = shutil.copytree(copied, tmp_path / "other")
    again = fresh_weights(other, faces)
    with pytest.raises(RunError, match=r"sharp\.safetensors of other weights"):
        load_sharp(again)
    still = replace(SMALL, steps=1, learning_rate=1e-9)
    figures = sharpen(faces, again, still, device=CPU, start=copied / SHARP)
    found = load_sharp(again).network.state_dict()
    assert all((found[k] - v).abs().max() < 1e-3 for k, v in first.items())
    assert figures["start"] == load_latents(copied).weights
    wider = replace(SMALL, widths=(16, 16))
    with pytest.raises(RunError, match="found: --widths 8 16 --blocks 1"):
        sharpen(faces, again, wider, device=CPU, start=copied)


def test_a_renderer_is_taken_along_to_codes_that_an_affine_map_tells(
    faces: Prepared, copied: Path, tmp_path: Path
):
    sharpen(faces, copied, SMALL, device=CPU)
    before, first = load_latents(copied), load_sharp(copied).network
    old = torch.from_numpy(before.mean)
    again = fresh_weights(shutil.copytree(copied, tmp_path / "other"), faces)
    rng = np.random.default_rng(0)
    turn, shift = np.linalg.qr(rng.normal(size=(8, 8)))[0], rng.normal(size=8)
    mean = (before.mean @ turn + shift).astype(np.float32)
    save_latents(again, replace(load_latents(again), mean=mean))
    still = replace(SMALL, steps=0)
    assert sharpen(faces, again, still, device=CPU, start=copied)["done"] == 0
    drawn, expected = load_sharp(again).network(torch.from_numpy(mean)), first(old)
    as_it_was = first(torch.from_numpy(mean))
    assert (drawn - expected).abs().mean() < 0.1 * (as_it_was - expected).abs().mean()
    few = np.arange(5)
    save_latents(copied, before.take(few))
    with pytest.raises(RunError, match="found: 5 of them"):
        sharpen(faces, again, still, device=CPU, start=copied)


def fresh_weights(run: Path, faces: Prepared) -> Path:
    for name in ("checkpoint.safetensors", METRICS, CONFIG, WEIGHTS):
        (run / name).unlink()
    model = ModelConfig(size=16, latent=8, widths=(8, 16))
    fit(faces, run, model, TrainingConfig(epochs=1, batch=16, seed=5), device=CPU)
    encode(run, faces, CPU)
    return run


def test_a_fresh_discriminator_learns_before_a_trained_decoder(faces: Prepared, copied: Path):
    sharpen(faces, copied, SMALL, device=CPU)
    before = load_sharp(copied).network.state_dict()
    start = shutil.copy(copied / SHARP, copied.parent)
    again = replace(SMALL, steps=8, alone=0.5)
    sharpen(faces, copied, again, device=CPU, start=Path(start), stop_after=4)
    after = load_sharp(copied).network.state_dict()
    assert all(torch.equal(v, after[k]) for k, v in before.items())
    with safe_open(copied / SHARP_CHECKPOINT, framework="pt") as file:
        learned = {k for k in file.keys() if k.endswith("exp_avg_sq")}  # noqa: SIM118
        blocks = [file.get_tensor("model.discriminator.levels.0.1.conv2.weight")]
    assert len(learned) == len([*Discriminator(16, (8, 16)).parameters()])
    assert blocks[0].any()
    sharpen(faces, copied, again, device=CPU, start=Path(start), resume=True)
    after = load_sharp(copied).network.state_dict()
    assert not all(torch.equal(v, after[k]) for k, v in before.items())


def test_what_diverges_is_stopped(faces: Prepared, copied: Path):
    wild = replace(SMALL, steps=2000, learning_rate=100.0, perceptual=0.0)
    with pytest.raises(Diverged, match="far from usual"):
        sharpen(faces, copied, wild, device=CPU)


def test_codes_are_matched_by_id(faces: Prepared, copied: Path):
    latents = load_latents(copied)
    before = coded_pictures(copied, faces, "train", CPU)
    save_latents(copied, latents.take(np.arange(len(latents))[::-1]))
    after = coded_pictures(copied, faces, "train", CPU)
    assert torch.equal(before.mean, after.mean)
    assert torch.equal(before.sigma, after.sigma)
    row = faces.rows("train")[3]
    place = latents.ids.tolist().index(faces.table["id"][row])
    np.testing.assert_array_equal(after.mean[3], latents.mean[place])
    np.testing.assert_allclose(after.sigma[3], np.exp(latents.logvar[place] / 2), rtol=1e-6)
    x = torch.from_numpy(faces.pictures[row].copy()).permute(2, 0, 1).float() / 255
    assert torch.equal(after.pictures.batch(torch.tensor([3]))[0], x)


def test_codes_of_others_are_refused(faces: Prepared, copied: Path):
    latents = load_latents(copied)
    save_latents(copied, latents.take(latents.rows("validation")))
    command = f"next: python -m training encode {copied} --data {faces.root}"
    with pytest.raises(RunError, match="expected: codes of the 77 train pictures") as told:
        sharpen(faces, copied, SMALL, device=CPU)
    assert "found: none of 77 of them" in str(told.value)
    assert str(told.value).endswith(command)
    object.__setattr__(latents, "data", "other")
    save_latents(copied, latents)
    with pytest.raises(RunError, match=r"found: latents of others \(other\)"):
        sharpen(faces, copied, SMALL, device=CPU)
    (copied / LATENTS).unlink()
    with pytest.raises(RunError, match="no such file"):
        sharpen(faces, copied, SMALL, device=CPU)


def test_an_hourglass_has_no_codes_to_draw_from(faces: Prepared, run: Path, tiny: ModelConfig):
    about = read_config(run)
    hourglass = replace(tiny, kind="ae")
    write_config(run, replace(about, model=hourglass))
    write_weights(run, build(hourglass))
    with pytest.raises(ConfigError, match="expected a run of a VAE; found one of ae"):
        sharpen(faces, run, SMALL, device=CPU)


def test_rates_rise_and_fall_and_penalties_fall():
    rates = [rate_at(step, 100, 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(1 / 50)
    assert rates[60] == 1
    assert rates[90] == 0.4  # the end of reconstruction alone
    assert rates[100] == pytest.approx(1 / 50)
    assert {rates[step] for step in range(150, 590)} == {1.0}
    assert rates[600:] == sorted(rates[600:], reverse=True)
    assert rates[-1] == pytest.approx(LOWEST, abs=1e-3)
    assert penalty_at(0, 1000) == 1
    assert penalty_at(500, 1000) == pytest.approx((1 + LAST_PENALTY) / 2)
    assert penalty_at(1000, 1000) == pytest.approx(LAST_PENALTY)


def test_an_unfinished_training_is_not_begun_anew(faces: Prepared, copied: Path):
    sharpen(faces, copied, SMALL, device=CPU, stop_after=2)
    with pytest.raises(ConfigError, match="add --resume"):
        sharpen(faces, copied, SMALL, device=CPU)
    other = replace(SMALL, penalty=2.0)
    with pytest.raises(RunError, match="a checkpoint of this network"):
        sharpen(faces, copied, other, device=CPU, resume=True)


def test_other_codes_come_from_where_they_say():
    means, factors = torch.tensor([[10.0, 0.0], [0.0, -10.0]]), 0.1 * torch.eye(2).expand(2, 2, 2)
    mixture = Mixture(np.array([0.25, 0.75], np.float32), means.numpy(), factors.numpy())
    others = OtherCodes.of(mixture, CPU)
    generator, n = torch.Generator().manual_seed(0), 4000
    noise = torch.randn(3 * n // 4, 2, generator=generator)
    chance = torch.rand(3 * n // 4, generator=generator)
    first, second = torch.zeros(n // 4, 2), torch.ones(n // 4, 2)
    codes = others.draw(noise, chance, (first, second))
    assert codes.shape == (n, 2)
    drawn, between, prior = codes[: n // 2], codes[n // 2 : 3 * n // 4], codes[3 * n // 4 :]
    nearest = torch.cdist(drawn, means).argmin(1)
    assert (nearest == 0).float().mean().item() == pytest.approx(0.25, abs=0.04)
    assert (drawn - means[nearest]).std().item() == pytest.approx(0.1, rel=0.05)
    assert torch.equal(between[:, 0], chance[n // 2 :])
    assert torch.equal(between[:, 0], between[:, 1])
    assert torch.equal(prior, noise[n // 2 :])


def test_the_command_line(faces: Prepared, copied: Path, capsys):
    command = ["sharpen", str(copied), "--data", str(faces.root), "--device", "cpu"]
    small = ["--steps", "3", "--alone", "0.3", "--batch", "8", "--others", "4"]
    small += ["--widths", "8", "16", "--discriminator", "8", "16"]
    assert main([*command, *small, "--dry-run"]) == 0
    assert not (copied / SHARP).exists()
    assert "3 of 8 pictures and 4 other codes" in capsys.readouterr().out
    assert main([*command, *small, "--tensorboard"]) == 0
    told = capsys.readouterr().out
    assert "sharp psnr_db" in told
    assert "mean sharpness" in told
    assert load_sharp(copied).figures["steps"] == 3
    assert list((copied / "tensorboard" / "sharp").glob("events.*"))
    assert main([*command, *small, "--others", "3"]) == 2
    assert "expected --others a multiple of 4" in capsys.readouterr().err
