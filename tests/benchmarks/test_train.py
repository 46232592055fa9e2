"""The benchmarks of training, preparing and memory: their figures agree with each other."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.__main__ import main
from benchmarks.memory import memory
from benchmarks.prepare import prepare
from benchmarks.train import Jpegs, step_operations
from data.celeba import read_celeba
from data.picture import face_crop, resized
from training.loop.presets import PRESETS
from training.model.config import ModelConfig


def test_training_figures(drawn: Path, capsys, monkeypatch):
    monkeypatch.setitem(PRESETS, "small", {"widths": (8, 8, 8, 16), "latent": 8})
    assert main(["train", "--preset", "small", "--rounds", "1", "--data", str(drawn)]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"ours_per_s", "customary_per_s", "ratio", "device"} <= figures.keys()
    expected = figures["ours_per_s"] / figures["customary_per_s"]
    assert figures["ratio"] == pytest.approx(expected, rel=0.01)  # of a single turn
    reached = figures["ours_per_s"] * figures["operations_per_picture"]
    share = reached / (1e12 * figures["matrix_rate_tflops"])
    assert figures["share_of_matrix_rate"] == pytest.approx(share, abs=0.01)


def test_operations_are_those_of_a_linear_layer_counted_by_hand():
    few, more = (ModelConfig(size=64, latent=n, widths=(8, 8, 8, 16)) for n in (8, 9))
    cells = 16 * 4 * 4
    # Two products in the encoder's head (mean, log-variance), one in the stem; each forward, and
    # backward to its weights and to its input, where the code is no leaf.
    expected = 2 * 3 * 3 * cells
    found = step_operations(more, 1) - step_operations(few, 1)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("size", [(178, 218), (89, 109)])
def test_the_customary_pictures_are_the_prepared_ones_but_for_the_filter(
    drawn: Path, tmp_path: Path, size: tuple[int, int]
):
    root = shutil.copytree(drawn, tmp_path / "celeba")
    celeba = read_celeba(root)
    name = celeba.table["id"].iloc[0]
    path = root / "img_align_celeba" / name
    with Image.open(path) as picture:
        picture.resize(size).save(path, quality=95)
    torch.manual_seed(0)
    x = Jpegs(celeba, [name], 64)[0]
    (face,) = resized([face_crop(celeba.pictures.reader()(name), 64)], 64)
    ours = torch.from_numpy(face) / 255
    ours = ours.permute(2, 0, 1)
    apart = min(float((x - y).abs().mean()) for y in (ours, ours.flip(2)))
    assert apart < 0.03


def test_preparing_figures(drawn: Path):
    lines, figures = prepare(drawn, rounds=2)
    assert figures["pictures"] == 96
    assert 0 < figures["ratio"] < 1.5
    assert figures["decoder"] in lines[2]
    assert "libjpeg" in figures["decoder"]


def test_preparing_names_the_decoder_of_the_files_it_finds(drawn: Path, tmp_path: Path):
    root = shutil.copytree(drawn, tmp_path / "celeba")
    for path in (root / "img_align_celeba").iterdir():
        with Image.open(path) as picture:
            picture.save(path, "WEBP")
    lines, figures = prepare(root, rounds=1)
    assert figures["decoder"] == "Pillow's of WEBP"
    assert figures["decoder"] in lines[2]


def test_memory_is_measured_beside_the_array():
    _, figures = memory(600)
    assert figures["array_gb"] == pytest.approx(600 * 12288 / 1e9)
    for name in ("prepare", "fit"):
        assert 0.03 < figures[f"{name}_above_array_gb"] < 3  # torch alone takes about 1
