"""A set of judges of drawn faces: what it learns, its files, its calibration, its commands."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from data.errors import DataError
from data.prepared import Prepared
from tests.training.judges.small import TINY
from training.__main__ import main
from training.judges.files import judge_figures, judges_path, load_judges
from training.judges.judges import calibrate_judges, drawn_again, train_judges
from training.judges.learning import Pictures, Recipe, half_of_people, in_order, label_table
from training.judges.visible import VISIBLE_FROM, hardly_visible, least_visible, visible
from training.model.config import ConfigError
from training.run.latents import load_latents
from training.run.run_folder import RunError, load_model, weights_key

CPU = torch.device("cpu")


def options(name: str) -> dict:
    return {"recipe": TINY[name], "steps": 4, "whole_steps": 4, "device": CPU}


@pytest.fixture(scope="module")
def trained(drawn_many: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set "b" that has learned four steps. Shared: copy before changing it."""
    folder = tmp_path_factory.mktemp("judges")
    train_judges(drawn_many, folder, "b", **options("b"))
    return folder


def test_the_files_hold_the_judges_and_what_was_measured(drawn_many: Prepared, trained: Path):
    assert sorted(p.name for p in trained.iterdir()) == ["judges_b.json", "judges_b.safetensors"]
    tensors = load_file(judges_path("b", trained))
    assert {str(v.dtype) for v in tensors.values()} == {"torch.float16", "torch.int64"}
    figures = judge_figures("b", trained)
    people = drawn_many.table["identity"].to_numpy()[drawn_many.rows("train")]
    assert figures["train_pictures"] == half_of_people(people, 1).sum() > 0
    assert figures["data"] == drawn_many.fingerprint
    assert figures["calibrated_on"] == {"ways": ["pictures"], "weights": None}
    judges = load_judges("b", trained)
    assert figures["features_key"] == judges.features_key()
    assert not judges.training
    assert not any(p.requires_grad for p in judges.parameters())
    held_out = drawn_many.rows("validation")
    shown = Pictures(drawn_many.pictures, held_out, CPU)
    found, labels = in_order(judges, shown), label_table(drawn_many.table)[held_out]
    k = 15  # Eyeglasses
    has = labels[:, k]
    pairs = found[has, k][:, None] - found[~has, k]
    auc = (pairs > 0).mean() + 0.5 * (pairs == 0).mean()
    told = figures["validation"]["pictures"]["local"]["auc"]["Eyeglasses"]
    assert told == pytest.approx(auc, abs=1e-3)
    assert (
        figures["hardly_visible"].keys() <= figures["validation"]["pictures"]["local"]["auc"].keys()
    )


def test_judges_learn_planted_attributes_from_their_places(drawn_many: Prepared, tmp_path: Path):
    """Faces of people whom they never saw, in half a minute."""
    figures = train_judges(
        drawn_many, tmp_path, "a", **options("a") | {"steps": 60, "whole_steps": 2}
    )
    auc = figures["validation"]["pictures"]["local"]["auc"]
    for name in ("Eyeglasses", "Wearing_Hat", "Blond_Hair"):
        assert auc[name] > 0.85, name


class Stopping(Recipe):
    """As another recipe, until it has been asked so often."""

    left = 0

    def augment(self, x: Tensor, generator: torch.Generator) -> Tensor:
        Stopping.left -= 1
        if not Stopping.left:
            raise KeyboardInterrupt
        return super().augment(x, generator)


def test_a_resumed_training_is_the_uninterrupted_one(
    drawn_many: Prepared, trained: Path, tmp_path: Path
):
    """Stopped at the third of five places, of one, four and four steps."""
    Stopping.left, stopping = 7, Stopping(**vars(TINY["b"]))
    with pytest.raises(KeyboardInterrupt):
        train_judges(drawn_many, tmp_path, "b", **options("b") | {"recipe": stopping})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "judges_b.cheeks.checkpoint.safetensors",
        "judges_b.eyes.checkpoint.safetensors",
    ]
    train_judges(drawn_many, tmp_path, "b", **options("b"), resume=True)
    ours, theirs = (load_file(judges_path("b", folder)) for folder in (tmp_path, trained))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["judges_b.json", "judges_b.safetensors"]


def test_they_are_calibrated_on_what_both_renderers_draw(
    drawn_many: Prepared, trained: Path, drawn_sharp_run: Path, tmp_path: Path
):
    folder = shutil.copytree(trained, tmp_path / "judges")
    before = load_file(judges_path("b", folder))
    key = judge_figures("b", folder)["features_key"]
    figures = calibrate_judges(drawn_many, folder, "b", run=drawn_sharp_run, device=CPU)
    assert figures == judge_figures("b", folder)
    assert figures["calibrated_on"] == {
        "ways": ["mean", "sharp"],
        "weights": weights_key(drawn_sharp_run),
    }
    assert list(figures["validation"]) == ["pictures", "mean", "sharp"]
    assert figures["features_key"] == key  # the Fréchet distances by it stay what they were
    after = load_file(judges_path("b", folder))
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert changed == {"scale", "shift", "whole_scale", "whole_shift"}
    again = calibrate_judges(drawn_many, folder, "b", device=CPU)
    assert again == judge_figures("b", trained)  # it forgets what it was calibrated on before
    back = load_file(judges_path("b", folder))
    assert all(torch.equal(before[name], back[name]) for name in before)


def test_pictures_are_drawn_again_from_their_codes(drawn_many: Prepared, drawn_sharp_run: Path):
    found = drawn_again(drawn_sharp_run, drawn_many, CPU)
    assert list(found) == ["mean", "sharp"]
    model, latents = load_model(drawn_sharp_run), load_latents(drawn_sharp_run)
    codes = torch.from_numpy(latents.mean[latents.rows("validation")])
    x = found["mean"].batch(torch.arange(len(codes)))
    torch.testing.assert_close(x, model.decode(codes), atol=0.51 / 255, rtol=0)


def test_half_of_the_people_are_in_each_half_and_nobody_in_both():
    identity = np.array([1, 2, 3, 2, 1, 7, -1, -1, -1, -1])
    halves = [half_of_people(identity, half) for half in (0, 1)]
    assert (halves[0] ^ halves[1]).all()
    assert not set(identity[halves[0]][:2]) & set(identity[halves[1]][:4])
    assert halves[0][6:].sum() == halves[1][6:].sum() == 2  # unknown people: by their pictures


def test_what_no_judge_tells_is_hardly_visible(trained: Path, tmp_path: Path):
    assert least_visible({"A": 0.9, "B": 0.8, "C": VISIBLE_FROM, "D": 0.7}) == {"D": 0.7, "B": 0.8}
    figures = judge_figures("b", trained)
    figures["hardly_visible"] = {"Oval_Face": 0.6}
    (tmp_path / "judges_b.json").write_text(json.dumps(figures))
    assert hardly_visible(tmp_path) == {"Oval_Face": 0.6}
    assert not visible("Oval_Face", tmp_path)
    assert visible("Smiling", tmp_path)
    assert visible("Oval_Face", tmp_path / "missing")


def test_missing_or_other_files_are_refused_with_the_command(trained: Path, tmp_path: Path):
    command = f"next: make it: python -m training judges --data DIR --out {tmp_path} --set b"
    with pytest.raises(DataError, match=f"found: no such file\n{command}"):
        load_judges("b", tmp_path)
    with pytest.raises(DataError, match="expected: the figures of judges in "):
        judge_figures("b", tmp_path)
    content = judges_path("b", trained).read_bytes()
    for damaged in (
        b"something else",
        content[:-9],
        content.replace(b"whole_widths", b"whole_height"),
    ):
        judges_path("b", tmp_path).write_bytes(damaged)
        with pytest.raises(DataError, match=command):
            load_judges("b", tmp_path)


def test_pictures_of_another_size_are_refused(faces: Prepared, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"expected pictures of 64x64, .*; found 16"):
        train_judges(faces, tmp_path, "a", **options("a"))


def test_a_run_of_other_pictures_is_refused(
    drawn_prepared: Prepared, drawn_sharp_run: Path, trained: Path, tmp_path: Path
):
    folder = shutil.copytree(trained, tmp_path / "judges")
    with pytest.raises(RunError, match="found: latents of others"):
        calibrate_judges(drawn_prepared, folder, "b", run=drawn_sharp_run, device=CPU)


def test_the_command_trains_calibrates_and_tells(
    drawn_many: Prepared, drawn_sharp_run: Path, tmp_path: Path, capsys
):
    places = ["--data", str(drawn_many.root), "--out", str(tmp_path), "--device", "cpu"]
    assert main(["judges", *places, "--set", "b", "--steps", "1", "--whole-steps", "1"]) == 0
    printed = capsys.readouterr().out
    auc = judge_figures("b", tmp_path)["validation"]["pictures"]["local"]["mean_auc"]
    assert f"pictures, local            mean AUC {auc:.4f}" in printed
    assert "hardly visible" in printed
    assert "Bangs, classifier" in printed  # the first judge is put to the same tests
    run = ["--run", str(drawn_sharp_run), "--calibrate"]
    assert main(["judges", *places, "--set", "b", *run]) == 0
    assert "sharp, whole" in capsys.readouterr().out
    assert main(["judges", *places, "--set", "a", "--calibrate"]) == 2
    assert "--set a" in capsys.readouterr().err
