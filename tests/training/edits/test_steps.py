"""Steps are learned through judges, drawn in numpy as in torch, resumed, and refused well."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.utils._pytree import tree_map

from data import ATTRIBUTES
from tests.training.compute.tape import META, MetaGenerator, seen, step_elsewhere, taped, watched
from training.edits import learn
from training.edits.config import EditConfig
from training.edits.examples import Blended, Pool, draw_example
from training.edits.learn import CHECKPOINT, Losses, Opponents, Renderers, learn_steps
from training.edits.losses import (
    SURE,
    Opinions,
    how_far_apart,
    judged,
    others_changed,
    pixels_changed,
    row_weights,
)
from training.edits.step_network import StepNetwork
from training.edits.steps_file import load_steps, save_steps
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judges.files import judges_path, load_judges, save_network
from training.judges.networks import JudgesConfig, JudgeSet
from training.judges.places import SIZE
from training.model.config import ConfigError
from training.run.latents import load_latents
from training.run.run_folder import STEPS, RunError, load_model, weights_key
from training.run.sharp import load_sharp

MALE, GLASSES = ATTRIBUTES.index("Male"), ATTRIBUTES.index("Eyeglasses")


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of judges that were never trained: they see something in every picture."""
    folder = tmp_path_factory.mktemp("judges")
    torch.manual_seed(0)
    for name, kind in (("a", "plain"), ("b", "residual")):
        made = JudgeSet(JudgesConfig(kind, widths=(8, 8), whole_widths=(8, 8)))
        made.scale.fill_(40)
        save_network(judges_path(name, folder), made, {})
    return folder


def network(attributes: int = 3, latent: int = 5) -> StepNetwork:
    torch.manual_seed(1)
    made = StepNetwork(
        torch.randn(latent), torch.rand(latent) + 0.5, torch.randn(attributes, 2, latent), 7
    )
    torch.nn.init.normal_(made.second.weight)
    return made.eval().requires_grad_(False)


def test_at_first_a_step_is_its_direction():
    made = network()
    torch.nn.init.zeros_(made.second.weight)
    rows, sides = torch.tensor([0, 2]), torch.tensor([1, 0])
    found = made(torch.randn(2, 5), rows, sides)
    assert torch.equal(found, made.directions[rows, sides])


def test_numpy_gives_what_torch_gives(run: Path):
    made = network()
    weights = {name: value.numpy() for name, value in made.state_dict().items()}
    save_steps(run, weights, ("Smiling", "Male", "Bald"), weights_key(run), {"steps": 1})
    kept = load_steps(run)
    assert kept is not None
    assert (kept.latent, kept.attributes, kept.figures) == (
        5,
        ("Smiling", "Male", "Bald"),
        {"steps": 1},
    )
    for row, name in enumerate(kept.attributes):
        for side in (0, 1):
            code = torch.randn(1, 5)
            expected = made(code, torch.tensor([row]), torch.tensor([side]))[0]
            found = kept.step(code[0].numpy(), name, bool(side))
            np.testing.assert_allclose(found, expected.numpy(), atol=2e-2)  # half precision
    with pytest.raises(KeyError):
        kept.step(np.zeros(5, np.float32), "Young", adding=True)


def test_steps_of_other_weights_or_damaged_are_refused(run: Path):
    assert load_steps(run) is None
    weights = {name: value.numpy() for name, value in network().state_dict().items()}
    save_steps(run, weights, ("Smiling",), "0" * 16, {})
    with pytest.raises(RunError, match="of other weights"):
        load_steps(run)
    save_steps(run, weights | {"told": weights["told"][..., :2]}, ("Male",), weights_key(run), {})
    with pytest.raises(RunError, match=r"a readable .*steps\.safetensors"):
        load_steps(run)


def test_being_judged_costs_least_where_the_judges_are_as_sure_as_asked():
    sure = float(np.log(SURE / (1 - SURE)))
    columns, sides = torch.tensor([3, 5]), torch.tensor([1, 0])

    def cost(logit: float) -> float:
        logits = torch.zeros(2, 40)
        logits[0, 3], logits[1, 5] = logit, -logit
        return judged(logits, columns, sides).item()

    assert min((cost(x / 10), x / 10) for x in range(-50, 51))[1] == pytest.approx(sure, abs=0.06)


def test_a_change_of_what_comes_along_counts_less_and_of_sex_more():
    rng = torch.Generator().manual_seed(0)
    labels = (torch.rand(4000, 40, generator=rng) < 0.5).float()
    labels[:, 7] = labels[:, 8]
    labels[:, 9] = 0
    apart = how_far_apart(labels)
    assert apart[7, 8] == pytest.approx(0, abs=1e-6)
    assert apart[7, 9] == 1
    assert apart[7, MALE] == pytest.approx(8, abs=0.6)
    assert (apart.diagonal() == 0).all()

    def change(attribute: int) -> float:
        before = Opinions(*torch.zeros(3, 1, 40))
        moved = before.whole.clone()
        moved[0, attribute] = 2.0
        return others_changed(before._replace(whole=moved), before, apart, torch.tensor([7])).item()

    assert change(7) == change(8) == 0
    assert change(MALE) == pytest.approx(8 * change(3), rel=0.1)


def test_pixels_away_from_the_place_count_more():
    rows = row_weights(SIZE)
    assert rows[MALE].eq(1).all()  # everywhere
    assert rows[GLASSES, 30] == 1
    assert rows[GLASSES, 5] == rows[GLASSES, 60] == 3
    assert row_weights(16)[GLASSES].tolist() == rows[GLASSES].view(16, 4)[:, 1].tolist()
    black = torch.zeros(1, 3, SIZE, SIZE)
    eyes, mouth = black.clone(), black.clone()
    eyes[:, :, 30], mouth[:, :, 60] = 1, 1
    found = [pixels_changed(x, black, rows[[GLASSES]]).item() for x in (eyes, mouth)]
    assert found[1] == pytest.approx(3 * found[0])


def test_faces_are_asked_for_what_they_lack_or_to_lose_what_they_have():
    has = torch.tensor([True, False, True, False, False])
    rows = [(has.nonzero()[:, 0], (~has).nonzero()[:, 0])]
    labels = torch.zeros(5, 40)
    labels[:, GLASSES] = has.float()
    pool = Pool(torch.arange(5.0)[:, None], labels, [GLASSES], rows)
    generator = torch.Generator().manual_seed(0)
    drawn = draw_example(pool, 200, 100, generator)
    for given in (drawn, drawn.contest):
        assert torch.equal(has[given.codes[:, 0].long()], given.side == 0)
        assert 0.3 < given.side.float().mean() < 0.7
        assert len(set(given.codes[:, 0].tolist())) == 5
    contest = drawn.contest
    assert torch.equal(contest.wished[:, GLASSES], contest.side.float())
    assert torch.equal(contest.labels, labels[contest.faces[:, 0].long()])
    assert torch.equal(contest.wrong[:, GLASSES], 1 - contest.labels[:, GLASSES])


def test_steps_come_nearer_to_what_their_losses_ask_for(
    drawn_sharp_run: Path, judges: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(learn, "FEWEST", 5)
    run = shutil.copytree(drawn_sharp_run, tmp_path / "run")
    free = {"others": 0.0, "pixels": 500.0, "realism": 0.0}  # leave all alone
    small = EditConfig(steps=40, batch=16, hidden=16, learning_rate=0.1, **free)
    figures = learn_steps(run, small, folder=judges)
    assert not (run / CHECKPOINT).exists()
    kept = load_steps(run)
    assert kept is not None
    assert set(figures["reached"]) == set(kept.attributes)

    latents = load_latents(run)
    faces = latents.take(latents.rows("train"))
    columns = [ATTRIBUTES.index(name) for name in kept.attributes]
    pool, model = Pool.of(faces, columns), load_model(run)
    draws = Renderers(model.decode, load_sharp(run).network)
    losses = Losses(
        draws, load_judges("a", judges), load_classifier(CLASSIFIER), pool.labels, 64, small
    )
    example = draw_example(pool, 128, 8, torch.Generator().manual_seed(1))

    def asked(network: StepNetwork) -> float:
        again, opponents = torch.Generator().manual_seed(2), Opponents(network)
        return losses(opponents, example, torch.tensor(columns), again)["pixels"].item()

    center, spread = (torch.from_numpy(kept.weights[name]) for name in ("center", "spread"))
    learned = StepNetwork(center, spread, learn.first_directions(faces, columns), 16)
    first = asked(learned)
    learned.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in kept.weights.items()})
    assert asked(learned) < 0.6 * first


@pytest.fixture
def task(drawn_sharp_run: Path, judges: Path) -> Callable[..., tuple]:
    """Of a device: a fresh network, losses, faces to learn from and the options."""

    def made(device: str = "cpu") -> tuple[Opponents, Losses, Pool, EditConfig]:
        on = torch.device(device)
        latents = load_latents(drawn_sharp_run)
        faces, small = latents.take(latents.rows("train")), EditConfig(steps=20, batch=4, hidden=8)
        columns = [MALE, GLASSES]
        pool, model = Pool.of(faces, columns), load_model(drawn_sharp_run).to(on)
        sharp = load_sharp(drawn_sharp_run).network.to(on)
        draws = Renderers(model.requires_grad_(False).decode, sharp.requires_grad_(False))
        losses = Losses(
            draws, load_judges("a", judges), load_classifier(CLASSIFIER), pool.labels, 64, small
        )
        losses._judges.to(on)
        losses._classifier.to(on)
        for name in ("_apart", "_rows"):
            setattr(losses, name, getattr(losses, name).to(on))
        torch.manual_seed(0)
        first = learn.first_directions(faces, columns)
        center, spread = pool.codes.mean(0), pool.codes.std(0)
        opponents = Opponents(StepNetwork(center, spread, first, 8)).to(on)
        return opponents, losses, pool, small

    return made


def trained(task: tuple, folder: Path, **more) -> dict[str, torch.Tensor]:
    opponents, losses, pool, config = task
    path = folder / "checkpoint"
    return learn._fit(opponents, losses, pool, config, path, "", False, None, **more).state_dict()


def test_the_recorded_training_is_the_plain_one(task, tmp_path: Path):
    plain = trained(task(), tmp_path, recorded=seen)
    for recorded in (taped, watched):
        other = trained(task(), tmp_path, recorded=recorded)
        for name, value in plain.items():
            assert torch.equal(value, other[name]), (recorded, name)


@pytest.mark.parametrize("seed", [2, 3])
def test_all_that_a_step_takes_is_on_the_device(task, seed: int):
    opponents, losses, pool, _ = task("meta")
    loss = learn.loss_of(opponents, losses, pool.columns, MetaGenerator())
    example = draw_example(pool, 4, 6, torch.Generator().manual_seed(seed))
    assert isinstance(example, Blended) == (seed == 2)
    step_elsewhere(opponents, loss, tree_map(lambda value: value.to(META), example))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_recorded_training_is_the_plain_one(task, tmp_path: Path):
    plain = trained(task("cuda"), tmp_path, recorded=lambda device, step: step)
    recorded = trained(task("cuda"), tmp_path)
    for name, value in plain.items():
        torch.testing.assert_close(recorded[name], value, rtol=1e-2, atol=1e-2, msg=name)


def test_resuming_gives_the_same_weights_to_the_bit(
    drawn_run: Path, judges: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(learn, "FEWEST", 5)
    run = shutil.copytree(drawn_run, tmp_path / "run")
    small = EditConfig(steps=5, batch=4, hidden=8)
    learn_steps(run, small, folder=judges)
    whole = load_file(run / STEPS)
    (run / STEPS).unlink()
    assert learn_steps(run, small, folder=judges, stop_after=3) == {}
    with pytest.raises(RunError, match="start without --resume"):
        learn_steps(run, replace(small, batch=5), folder=judges, resume=True)
    learn_steps(run, small, folder=judges, resume=True)
    resumed = load_file(run / STEPS)
    assert resumed.keys() == whole.keys()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_steps_of_more_attributes_leave_the_others_as_they_are(
    drawn_run: Path, judges: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(learn, "FEWEST", 5)
    run, small = shutil.copytree(drawn_run, tmp_path / "run"), EditConfig(steps=2, batch=4)
    with pytest.raises(RunError, match="start without --add"):
        learn_steps(run, small, folder=judges, add=True)
    monkeypatch.setattr(learn, "visible", lambda name, _: name in ("Smiling", "Male"))
    learn_steps(run, small, folder=judges)
    before = load_steps(run)
    monkeypatch.undo()
    monkeypatch.setattr(learn, "FEWEST", 5)
    monkeypatch.setattr(learn, "visible", lambda name, _: name in ("Smiling", "Male", "Bangs"))
    figures = learn_steps(run, small, folder=judges, add=True)
    found = load_steps(run)
    assert set(figures["reached"]) == {"Bangs"}
    assert found.attributes == (*before.attributes, "Bangs")
    assert set(found.figures["reached"]) == {"Smiling", "Male", "Bangs"}
    code = load_latents(run).mean[0]
    for name in before.attributes:
        assert np.array_equal(found.step(code, name, True), before.step(code, name, True))
    assert np.abs(found.step(code, "Bangs", True)).max() > 0
    with pytest.raises(RunError):
        learn_steps(run, small, folder=judges, add=True)  # nobody is left


def test_what_cannot_be_learned_is_said(run: Path, drawn_run: Path, judges: Path):
    with pytest.raises(ConfigError, match="--others at least 0"):
        EditConfig(others=-1)
    with pytest.raises(RunError, match="python -m training encode"):
        learn_steps(run, EditConfig(), folder=judges)
