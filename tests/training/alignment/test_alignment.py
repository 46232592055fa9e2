"""The alignment network: the geometry it is taught, that it learns, and its files."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from data.celeba import read_celeba
from data.errors import DataError
from data.picture import FRAME
from tests.training.compute.tape import META, step_elsewhere, taped, watched
from training.__main__ import main
from training.alignment.alignment import (
    POINTS,
    Aligner,
    alignment_errors,
    draw_light,
    fit,
    given,
    load_aligner,
    loss_of,
    point_error,
    random_similarities,
    read_frames,
    relight,
    similarity,
    window_grid,
    windows,
)
from training.alignment.frame import CENTER, LARGEST_OFFSETS, NETWORK, SIDE, WINDOW
from training.alignment.similarity import Similarity
from training.model.networks import Encoder


@pytest.fixture(scope="module")
def frames(drawn: Path) -> Tensor:
    """(77, 3, 109, 89) uint8: the drawn training faces at half size."""
    return read_frames(read_celeba(drawn), "train")


def test_parameters_become_the_transform_they_describe():
    transform = similarity(torch.tensor([[3.0, -2.0, math.log(2), math.pi / 6]]))
    assert transform.turn.shape == (1, 1)
    turn, shift = (complex(part) for part in transform)
    assert shift == pytest.approx(3 - 2j)
    assert turn == pytest.approx(2 * complex(math.cos(math.pi / 6), math.sin(math.pi / 6)))
    one = Similarity(turn, shift)
    assert (one.scale, one.angle) == pytest.approx((2, math.pi / 6))


def test_random_transforms_stay_within_what_is_learned_and_reach_its_ends():
    moved = random_similarities(5000, torch.Generator().manual_seed(0))
    found = torch.cat(
        [moved.shift.real, moved.shift.imag, moved.turn.abs().log(), moved.turn.angle()], 1
    ).abs()
    assert (found <= torch.tensor(LARGEST_OFFSETS) * 1.00001).all()
    assert (found.amax(0) > 0.9 * torch.tensor(LARGEST_OFFSETS)).all()


def test_the_error_is_the_distance_of_eyes_and_mouth():
    still = similarity(torch.zeros(1, 4))
    moved = similarity(torch.tensor([[3.0, 4.0, 0.0, 0.0]]))
    assert point_error(moved, still).item() == pytest.approx(5)
    twice = similarity(torch.tensor([[0.0, 0.0, math.log(2), 0.0]]))
    assert point_error(twice, still).item() == pytest.approx(np.abs(POINTS).mean())


def test_a_window_shows_the_frame_where_its_place_says():
    """On a frame whose colours are its coordinates, at its own resolution."""
    x, y = np.meshgrid(np.arange(FRAME[0]) + 0.5, np.arange(FRAME[1]) + 0.5)
    frame = torch.from_numpy(np.stack([x, y, 0 * x])[None] / 218).float()
    place = similarity(torch.tensor([[5.0, -4.0, math.log(0.8), 0.3]]))
    seen = 218 * windows(frame, place)[0].double().numpy()
    at = complex(place.turn) * window_grid() + complex(place.shift) + CENTER
    assert seen.shape == (3, SIDE, SIDE)
    np.testing.assert_allclose(seen[0] + 1j * seen[1], at, atol=0.01)
    assert np.ptp(window_grid().real) == pytest.approx(WINDOW * (SIDE - 1) / SIDE)


def test_other_light_keeps_the_range_and_the_shape():
    x = torch.rand(200, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    found = relight(x, draw_light(200, torch.Generator().manual_seed(1)))
    assert found.shape == x.shape
    assert 0 <= found.min() < found.max() <= 1
    grey = (found[:, 0] == found[:, 1]).all((1, 2))
    assert 20 <= grey.sum() <= 60  # one in five


def test_the_network_learns_to_align(frames: Tensor):
    torch.manual_seed(0)
    network = Encoder(NETWORK, 4)
    before = alignment_errors(Aligner(network), frames)
    losses = fit(network.train().requires_grad_(True), frames, 40, seed=0)
    after = alignment_errors(Aligner(network), frames)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    assert after["error_px_median"] < 0.5 * before["error_px_median"]


def test_the_same_seed_trains_the_same_network(frames: Tensor):
    losses = []
    for _ in range(2):
        torch.manual_seed(3)
        losses.append(fit(Encoder(NETWORK, 4), frames, 3, seed=3))
    assert losses[0] == losses[1]


@pytest.mark.parametrize("recorded", [taped, watched])
def test_the_recorded_training_is_the_plain_one(frames: Tensor, recorded):
    found = []
    for more in ({}, {"recorded": recorded}):
        torch.manual_seed(3)
        network = Encoder(NETWORK, 4)
        losses = fit(network, frames, 8, seed=3, **more)
        found.append([torch.tensor(losses), *network.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_all_that_a_step_takes_is_on_the_device(frames: Tensor):
    network = Encoder(NETWORK, 4).to(META)
    step_elsewhere(network, loss_of(network), given(frames[:8], 0, 0, META))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_recorded_training_is_the_plain_one(frames: Tensor):
    found = []
    for more in ({"recorded": lambda device, step: step}, {}):
        torch.manual_seed(3)
        found.append(fit(Encoder(NETWORK, 4).to("cuda"), frames, 12, seed=3, **more))
    assert found[0] == pytest.approx(found[1], rel=0.02)


def test_the_command_writes_weights_and_figures(drawn: Path, tmp_path: Path, capsys):
    out = tmp_path / "alignment.safetensors"
    assert main(["align", "--data", str(drawn), "--out", str(out), "--steps", "2"]) == 0
    figures = json.loads(out.with_suffix(".json").read_text())
    assert (figures["steps"], figures["seed"], figures["train_pictures"]) == (2, 0, 77)
    assert figures["held_out_pictures"] == 10
    assert f"error_px_median          {figures['error_px_median']}" in capsys.readouterr().out
    assert out.stat().st_size < 2e6
    window = np.zeros((SIDE, SIDE, 3), np.uint8)
    assert isinstance(load_aligner(out).look(window).turn, complex)


def test_unreadable_pictures_are_left_out(drawn: Path, tmp_path: Path):
    root = shutil.copytree(drawn, tmp_path / "celeba")
    names = sorted((root / "img_align_celeba").iterdir())
    names[0].write_bytes(b"no picture")
    assert len(read_frames(read_celeba(root), "train")) == 76
    for name in names:
        name.write_bytes(b"no picture")
    message = "expected: pictures of the train partition in .*\nfound: none readable of 77\nnext: "
    with pytest.raises(DataError, match=message):
        read_frames(read_celeba(root), "train")


def test_pictures_at_another_scale_are_read_and_another_shape_left_out(
    drawn: Path, tmp_path: Path, frames: Tensor
):
    root = shutil.copytree(drawn, tmp_path / "celeba")
    names = [root / "img_align_celeba" / name for name in read_celeba(root).table["id"]]
    for name, size in zip(names, [(89, 109), (356, 436), (178, 178)], strict=False):
        with Image.open(name) as picture:
            picture.resize(size, Image.Resampling.LANCZOS).save(name, "WEBP", quality=95)
    found = read_frames(read_celeba(root), "train")
    assert len(found) == 76  # all but the third
    for one, other in zip(found[:2], frames[:2], strict=True):
        apart = (one.float() - other).abs().mean()
        assert apart < (other[..., 1:].float() - other[..., :-1]).abs().mean() / 2
    assert found[2:].equal(frames[3:])


def test_missing_or_other_weights_are_refused_with_the_command(tmp_path: Path):
    path = tmp_path / "alignment.safetensors"
    command = f"next: make it: python -m training align --data CELEBA --out {path}"
    with pytest.raises(DataError, match=f"found: no such file\n{command}"):
        load_aligner(path)
    path.write_bytes(b"something else")
    with pytest.raises(
        DataError, match=f"expected: the alignment network in {path}\n.*\n{command}"
    ):
        load_aligner(path)
