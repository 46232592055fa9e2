"""The attribute classifier: it learns planted attributes, its scores mean something, its files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data import ATTRIBUTES
from data.celeba import read_celeba
from data.errors import DataError
from data.picture import face_crop, resized
from data.prepared import Prepared
from data.shipped import SHIPPED
from tests.training.compute.tape import META, step_elsewhere, taped, watched
from training.__main__ import main
from training.compute.batches import PictureBatches
from training.judge.attribute_network import (
    CLASSIFIER,
    AttributeNetwork,
    ClassifierConfig,
    load_classifier,
    save_classifier,
)
from training.judge.attribute_scores import (
    HEAVIEST,
    balance,
    calibrate,
    classifier_figures,
    group_weights,
)
from training.judge.classifier import (
    LARGEST_MOVES,
    Change,
    augment,
    classify,
    draw_change,
    fit,
    given,
    logits,
    loss_of,
    reconstructed,
)
from training.model.config import ConfigError
from training.run.latents import load_latents
from training.run.run_folder import RunError, load_model

CPU = torch.device("cpu")
TINY = ClassifierConfig(size=16, widths=(8, 16), blocks=(0, 1), features=16)


@pytest.fixture
def network() -> AttributeNetwork:
    """A tiny network for 16x16 pictures with fresh weights, in eval mode."""
    torch.manual_seed(0)
    return AttributeNetwork(TINY).eval().requires_grad_(False)


def test_the_parts_of_a_pass_fit_together(network: AttributeNetwork):
    x = torch.rand(5, 3, 16, 16)
    assert [tuple(h.shape) for h in network.maps(x)] == [(5, 8, 8, 8), (5, 16, 4, 4)]
    features = network.features(x)
    assert features.shape == (5, 16)
    assert (features >= 0).all()
    assert torch.equal(network(x), network.logits(features))
    assert network(x).shape == (5, 40)


def test_scale_and_shift_calibrate_the_logits(network: AttributeNetwork):
    x = torch.rand(3, 3, 16, 16)
    before = network(x)
    network.scale.fill_(2)
    network.shift.fill_(-1)
    torch.testing.assert_close(network(x), 2 * before - 1)


@pytest.mark.parametrize("options", [{"size": 18}, {"size": 0}, {"blocks": (1,)}])
def test_a_network_that_cannot_be_is_refused(options: dict):
    with pytest.raises(ConfigError, match=r"expected .*; found "):
        replace(TINY, **options)


def change(count: int) -> Change:
    return draw_change(count, torch.Generator().manual_seed(0))


def test_augmented_pictures_stay_pictures_and_like_their_originals():
    smooth = torch.nn.functional.interpolate(torch.rand(64, 3, 4, 4), size=32, mode="bicubic")
    x = smooth.clamp(0, 1)
    found = augment(x, change(64))
    assert found.shape == x.shape
    assert 0 <= found.min() <= found.max() <= 1
    error = torch.minimum(
        (found - x).abs().mean((1, 2, 3)), (found - x.flip(3)).abs().mean((1, 2, 3))
    )
    assert error.median() < 0.06
    assert (found.flatten(1) != x.flatten(1)).any(1).all()
    assert torch.equal(found, augment(x, change(64)))


def test_augmentation_moves_by_what_is_allowed_and_no_more():
    """The brightest spot of a picture that is a cone around its middle."""
    side = 65
    steps = torch.linspace(-1, 1, side)
    cone = 1 - (steps[:, None] ** 2 + steps**2).sqrt() / 1.5
    found = augment(cone.expand(400, 3, side, side), change(400))
    peak = found.sum(1).flatten(1).argmax(1)
    far = torch.stack([peak % side, peak // side]).sub(side // 2).abs() / (side // 2)
    assert far.max() <= LARGEST_MOVES[0] * 1.1 + 2 / side  # scaling about the middle, and pixels
    assert far.max() > LARGEST_MOVES[0] / 2


def test_it_learns_the_planted_attributes_of_pictures_it_never_saw(
    drawn_many: Prepared, tmp_path: Path
):
    """From 256 drawn faces, in seconds."""
    config = ClassifierConfig(size=64, widths=(8, 16, 32, 32), blocks=(0, 0, 0, 0), features=32)
    torch.manual_seed(0)
    network = AttributeNetwork(config).to(memory_format=torch.channels_last)
    rows, new = (
        drawn_many.rows("train"),
        np.r_[drawn_many.rows("validation"), drawn_many.rows("test")],
    )
    labels = torch.from_numpy(drawn_many.table[list(ATTRIBUTES)].to_numpy(np.float32))
    seen, unseen = (PictureBatches(drawn_many.pictures, part, CPU) for part in (rows, new))
    truth = labels[new].numpy() > 0
    before = classifier_figures(*[logits(network.eval(), unseen)] * 2, truth)["pictures"]["auc"]
    average = fit(network, (seen, seen), labels[rows], 25, 0, tmp_path / "checkpoint", "")
    after = classifier_figures(*[logits(average, unseen)] * 2, truth)["pictures"]["auc"]
    for name in ("Male", "Blond_Hair", "Eyeglasses"):
        assert after[name] > 0.8 > before[name], name


def trained(
    faces: Prepared, folder: Path, device=CPU, epochs: int = 3, **more
) -> dict[str, torch.Tensor]:
    """The averaged weights of a tiny network after 12 steps, or `epochs` times 4."""
    torch.manual_seed(0)
    network = AttributeNetwork(TINY).to(device).to(memory_format=torch.channels_last)
    rows = faces.rows("train")
    labels = torch.from_numpy(faces.table[list(ATTRIBUTES)].to_numpy(np.float32))[rows]
    pictures = PictureBatches(faces.pictures, rows, device)
    soft = PictureBatches(faces.pictures // 2, rows, device)
    average = fit(network, (pictures, soft), labels, epochs, 0, folder / "checkpoint", "", **more)
    return average.state_dict()


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr("training.judge.classifier.BATCH", 16)


def test_the_recorded_training_is_the_plain_one(faces: Prepared, tmp_path: Path, short):
    plain, recorded = trained(faces, tmp_path), trained(faces, tmp_path, recorded=taped)
    for name, value in plain.items():
        assert torch.equal(value, recorded[name]), name


def test_a_step_looks_at_nothing_on_the_device(faces: Prepared, tmp_path: Path, short):
    trained(faces, tmp_path, epochs=1, recorded=watched)


def test_all_that_a_step_takes_is_on_the_device(faces: Prepared):
    network, rows = AttributeNetwork(TINY).to(META), faces.rows("train")
    pictures = PictureBatches(faces.pictures, rows, META)
    labels = torch.zeros(len(rows), 40)
    own = given((pictures, pictures), labels, torch.arange(16), 0, 0)
    step_elsewhere(network, loss_of(network, META), own)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_recorded_training_is_the_plain_one(faces: Prepared, tmp_path: Path, short):
    device = torch.device("cuda")
    plain, recorded = (
        trained(faces, tmp_path, device, **more)
        for more in ({"recorded": lambda device, step: step}, {})
    )
    for name, value in plain.items():
        torch.testing.assert_close(recorded[name], value, rtol=1e-2, atol=1e-2, msg=name)


def test_reconstructions_are_what_the_model_decodes(faces: Prepared, run: Path):
    model = load_model(run)
    pictures = PictureBatches(faces.pictures, faces.rows("validation"), CPU)
    found = reconstructed(model, pictures)
    assert len(found) == len(pictures)
    x = pictures.batch(torch.arange(len(pictures)))
    y = model.decode(model.posterior(x).mean)
    error = (found.batch(torch.arange(len(found))) - y).abs()
    assert error.max() < 0.02  # matrix products may be in bfloat16


def test_weights_make_an_attribute_as_frequent_in_every_group():
    generator = np.random.default_rng(0)
    labels = generator.random((4000, 40)) < 0.5
    male, young, k = (ATTRIBUTES.index(name) for name in ("Male", "Young", "Blond_Hair"))
    labels[:, k] = generator.random(4000) < 0.3 + 0.2 * labels[:, young] - 0.15 * labels[:, male]
    has, weights = labels[:, k], group_weights(labels, k)
    for a in (False, True):
        for b in (False, True):
            group = (labels[:, male] == a) & (labels[:, young] == b)
            assert np.average(has[group], weights=weights[group]) == pytest.approx(has.mean())
    assert weights.mean() == pytest.approx(1)
    rare = labels.copy()
    rare[:, k] &= ~rare[:, male] | (np.arange(4000) % 50 == 0)
    assert group_weights(rare, k).max() == HEAVIEST
    by_young = group_weights(labels, male)  # never balanced against itself
    for b in (False, True):
        group = labels[:, young] == b
        share = np.average(labels[group, male], weights=by_young[group])
        assert share == pytest.approx(labels[:, male].mean())


def test_a_balanced_last_layer_does_not_take_one_attribute_for_another(network: AttributeNetwork):
    """Feature 0 shows blond hair weakly, feature 1 shows a man well; few men are blond."""
    generator = np.random.default_rng(0)
    male = generator.random(6000) < 0.5
    blond = generator.random(6000) < np.where(male, 0.05, 0.5)
    truth = np.zeros((6000, 40), bool)
    truth[:, ATTRIBUTES.index("Male")], truth[:, ATTRIBUTES.index("Blond_Hair")] = male, blond
    truth[:, ATTRIBUTES.index("Young")] = generator.random(6000) < 0.7
    seen = np.zeros((6000, 16), np.float32)
    seen[:, 0] = blond + generator.normal(0, 1, 6000)
    seen[:, 1] = male + generator.normal(0, 0.2, 6000)
    labels = torch.from_numpy(truth.astype(np.float32))
    row = ATTRIBUTES.index("Blond_Hair")

    def shortcut() -> float:
        blond_hair, man = network.head.weight[row, :2].tolist()
        return abs(man) / abs(blond_hair)

    network.head.reset_parameters()
    balance(network, torch.from_numpy(seen), labels)
    balanced = shortcut()
    labels[:, ATTRIBUTES.index("Male")] = 0  # nobody is known to be a man: nothing to balance
    balance(network, torch.from_numpy(seen), labels)
    assert shortcut() > 0.5 > 0.25 > balanced
    assert not network.head.weight.requires_grad


def test_calibration_turns_wrong_logits_into_probabilities(network: AttributeNetwork):
    """Labels with log odds 2 a - 1, where a is what the network says; most have none.

    Were both classes equally frequent, the log odds would be higher by as much as it takes.
    """
    generator = np.random.default_rng(0)
    found = generator.normal(size=(8000, 40)).astype(np.float32)
    chance = 1 / (1 + np.exp(1 - 2 * found))
    truth = generator.random(found.shape) < chance
    odds = truth.mean() / (1 - truth.mean())
    truth[:, 1] = False  # one class only
    truth[:, 2] = generator.random(8000) < 1 - chance[:, 2]  # told the wrong way round
    calibrate(network, found, truth)
    told = np.r_[0, 3:40]
    np.testing.assert_allclose(network.scale[told], 2, atol=0.25)
    np.testing.assert_allclose(network.shift[told], -1 - np.log(odds), atol=0.15)
    assert np.log(odds) < -0.4
    assert network.scale[1:3].tolist() == [1, 1]
    assert network.shift[1:3].tolist() == [0, 0]


def test_figures_leave_out_attributes_of_one_class():
    truth = np.zeros((6, 40), bool)
    truth[:3, 5] = truth[1:4, 7] = True
    found = np.where(truth, 1.0, -1.0)
    found[:, 7] *= -1
    figures = classifier_figures(found, -found, truth)
    assert figures["pictures"]["auc"] == {ATTRIBUTES[5]: 1, ATTRIBUTES[7]: 0}
    assert figures["pictures"]["mean_auc"] == 0.5
    assert figures["reconstructions"]["auc"] == {ATTRIBUTES[5]: 0, ATTRIBUTES[7]: 1}


def test_recall_and_specificity_are_those_of_the_score_one_half():
    truth = np.zeros((8, 40), bool)
    truth[:4, 0] = True
    found = np.zeros((8, 40))
    found[:, 0] = [1, 0.1, 0, -1, -1, -2, 2, -0.1]
    figures = classifier_figures(found, found, truth)["pictures"]
    assert figures["recall"] == figures["specificity"] == {ATTRIBUTES[0]: 0.75}


def options(faces: Prepared, run: Path, out: Path) -> dict:
    return {"prepared": faces, "run": run, "out": out, "config": TINY, "epochs": 2, "device": CPU}


def test_the_files_hold_the_network_and_its_figures(faces: Prepared, run: Path, tmp_path: Path):
    out = tmp_path / "attributes.safetensors"
    figures = classify(**options(faces, run, out))
    assert json.loads(out.with_suffix(".json").read_text()) == figures
    assert (figures["train_pictures"], figures["held_out_pictures"]) == (77, 10)
    assert figures["data"] == faces.fingerprint
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [
        "attributes.json",
        "attributes.safetensors",
    ]
    assert {str(v.dtype) for v in load_file(out).values()} == {"torch.float16", "torch.int64"}
    network = load_classifier(out)
    assert not network.training
    assert network.config == TINY
    held_out = faces.rows("validation")
    truth = faces.table[list(ATTRIBUTES)].to_numpy(bool)[held_out]
    found = logits(network, PictureBatches(faces.pictures, held_out, CPU))
    soft = logits(
        network, reconstructed(load_model(run), PictureBatches(faces.pictures, held_out, CPU))
    )
    again = classifier_figures(found, soft, truth)
    for name in ("pictures", "reconstructions"):
        assert again[name]["auc"] == pytest.approx(figures[name]["auc"], abs=0.15)
        assert again[name]["mean_auc"] == pytest.approx(figures[name]["mean_auc"], abs=0.01)


def test_a_resumed_training_is_the_uninterrupted_one(faces: Prepared, run: Path, tmp_path: Path):
    whole, parts = (tmp_path / name / "a.safetensors" for name in ("whole", "parts"))
    classify(**options(faces, run, whole))
    assert classify(**options(faces, run, parts), stop_after=1) == {}
    assert not parts.exists()
    classify(**options(faces, run, parts), resume=True)
    ours, theirs = load_file(whole), load_file(parts)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_checkpoint_of_something_else_is_refused(faces: Prepared, run: Path, tmp_path: Path):
    out = tmp_path / "a.safetensors"
    with pytest.raises(RunError, match=r"expected: a\.checkpoint\.safetensors in .*\nfound: no "):
        classify(**options(faces, run, out), resume=True)
    classify(**options(faces, run, out), stop_after=1)
    with pytest.raises(RunError, match=r'found: one of .*"epochs": 2.*, not of'):
        classify(**options(faces, run, out) | {"epochs": 3}, resume=True)


def test_pictures_of_another_size_than_the_models_are_refused(
    drawn_prepared: Prepared, run: Path, tmp_path: Path
):
    with pytest.raises(ConfigError, match="16; found size 64"):
        classify(**options(drawn_prepared, run, tmp_path / "a.safetensors"))


def test_the_command_trains_and_tells_the_areas(faces: Prepared, run: Path, tmp_path: Path, capsys):
    out = tmp_path / "a.safetensors"
    places = ["--data", str(faces.root), "--run", str(run), "--out", str(out), "--device", "cpu"]
    assert main(["classify", *places, "--epochs", "1"]) == 0
    figures = json.loads(out.with_suffix(".json").read_text())
    printed = capsys.readouterr().out
    for name in ("pictures", "reconstructions"):
        assert f"mean AUC on {name:16} {figures[name]['mean_auc']:.4f}\n" in printed


def test_missing_or_other_weights_are_refused_with_the_command(
    network: AttributeNetwork, tmp_path: Path
):
    path = tmp_path / "attributes.safetensors"
    command = f"next: make it: python -m training classify --data DIR --out {path}"
    with pytest.raises(DataError, match=f"found: no such file\n{command}"):
        load_classifier(path)
    save_classifier(path, network)
    content = path.read_bytes()
    for damaged in (b"something else", content[:-9], content.replace(b'"size', b'"sise')):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=f"the attribute classifier in {path}\n.*\n{command}"):
            load_classifier(path)


@pytest.mark.skipif(not CLASSIFIER.is_file(), reason=f"no classifier at {CLASSIFIER}")
def test_the_classifier_that_ships_is_small_and_good_enough():
    figures = json.loads(CLASSIFIER.with_suffix(".json").read_text())
    assert CLASSIFIER.stat().st_size <= 6e6
    for name in ("pictures", "reconstructions"):
        auc = figures[name]["auc"]
        assert list(auc) == list(ATTRIBUTES)
        assert figures[name]["mean_auc"] == pytest.approx(np.mean(list(auc.values())), abs=1e-4)
        assert figures[name]["mean_auc"] >= 0.85


@pytest.mark.celeba
def test_its_areas_are_those_of_the_validation_pictures(celeba_root: Path):
    """Every fifth validation picture of the run that ships, scored once more."""
    celeba = read_celeba(celeba_root)
    ids = load_latents(SHIPPED).ids[::5]
    table = celeba.table.set_index("id")
    if missing := set(ids) - set(table.index):
        pytest.skip(f"needs all validation pictures in {celeba_root}: {len(missing)} are missing")
    read = celeba.pictures.reader()
    pictures = resized([face_crop(read(name), 64) for name in ids], 64)
    batch = PictureBatches(pictures, np.arange(len(ids)), CPU)
    truth = table.loc[ids, list(ATTRIBUTES)].to_numpy(bool)
    found = logits(load_classifier(CLASSIFIER), batch)
    again = classifier_figures(found, found, truth)["pictures"]
    claimed = json.loads(CLASSIFIER.with_suffix(".json").read_text())["pictures"]
    assert again["mean_auc"] == pytest.approx(claimed["mean_auc"], abs=0.01)
    for name in ("Male", "Eyeglasses", "Smiling", "Blond_Hair"):
        assert again["auc"][name] == pytest.approx(claimed["auc"][name], abs=0.02), name
