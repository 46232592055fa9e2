"""Who is who: the figure in closed form, people of known directions, the file and the command."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.__main__ import main
from training.codes.people import AXES, fit_people, load_people, make_people, verification
from training.run.latents import load_latents, save_latents
from training.run.run_folder import PEOPLE, RunError


def on_the_circle(*degrees: float) -> np.ndarray:
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def test_verification_counts_all_pairs():
    """Two people with two pictures: 10 and 40 degrees apart, and four pairs between them."""
    found = verification(on_the_circle(0, 10, 30, 70), np.array([5, 5, 8, 8]))
    between = np.cos(np.deg2rad([30, 70, 20, 60]))
    right = [(np.cos(np.deg2rad(angle)) > between).mean() for angle in (10, 40)]
    assert found["auc"] == np.mean(right)
    assert found["one_person"] == pytest.approx(np.cos(np.deg2rad([10, 40])).mean(), abs=1e-4)
    assert found["two_people"] == pytest.approx(np.median(between), abs=1e-4)
    assert (found["people"], found["pictures"], found["pairs_of_one_person"]) == (2, 4, 2)
    assert verification(on_the_circle(0, 10), np.array([1, 2]))["auc"] is None


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """4 pictures each of 500 people, who differ along the first of five dimensions, by 2, and along
    the second, by 1; pictures of one person differ by 1, and along the third by 10.
    """
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(500), 4)
    people = rng.standard_normal((500, 5)) * [2, 1, 0, 0, 0]
    return people[who] + rng.standard_normal((2000, 5)) * [1, 1, 10, 1, 1], who


def test_axes_are_where_people_differ_most_for_how_much_one_does():
    codes, who = drawn(0)
    found = fit_people(codes + 7, who, 2)
    np.testing.assert_allclose(found.center, 7, atol=0.7)
    first, second = found.axes.T / np.linalg.norm(found.axes, axis=0)[:, None]
    assert abs(first[0]) > 0.98
    assert abs(second[1]) > 0.98
    # A variance of people of 4 and of 1, one person's being 1: sqrt(4 / 5) and sqrt(1 / 2).
    lengths = np.linalg.norm(found.axes * [[1], [1], [10], [1], [1]], axis=0)
    np.testing.assert_allclose(lengths, np.sqrt([0.8, 0.5]), rtol=0.15)


def test_people_never_seen_are_told_apart_better_than_by_the_codes():
    people = fit_people(*drawn(0), 2)
    codes, who = drawn(1)
    embedded = people.embed(codes)
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1)
    length = np.linalg.norm(codes, axis=1, keepdims=True)
    plain = verification(codes / length, who)["auc"]
    assert verification(embedded, who)["auc"] > plain + 0.15


def test_nobody_twice_is_nobody():
    with pytest.raises(ValueError, match="nobody with two pictures"):
        fit_people(np.eye(3), np.arange(3))


@pytest.fixture
def run(drawn_run: Path, tmp_path: Path) -> Path:
    """The drawn faces, who are nobody, as if each four in a row were one person."""
    root = shutil.copytree(drawn_run, tmp_path / "run")
    latents = load_latents(root)
    who = np.arange(len(latents.ids), dtype=np.int32) // 4
    save_latents(root, replace(latents, identity=who))
    return root


def test_the_file_holds_what_was_fitted(run: Path, capsys):
    assert load_people(run) is None
    assert main(["identity", str(run)]) == 0
    assert "auc " in capsys.readouterr().out
    latents, found = load_latents(run), load_people(run)
    train = latents.take(latents.rows("train"))
    expected = fit_people(train.mean, train.identity)
    axes = min(AXES, latents.mean.shape[1])
    assert found.axes.shape == (latents.mean.shape[1], axes)
    # The last axes tell nothing, and nothing decides their signs.
    np.testing.assert_allclose(
        found.embed(latents.mean) @ found.embed(latents.mean).T,
        expected.embed(latents.mean) @ expected.embed(latents.mean).T,
        atol=1e-3,
    )


def test_codes_of_nobody_known_and_damaged_files_are_refused(run: Path):
    make_people(run)
    arrays = dict(np.load(run / PEOPLE))
    np.savez(run / PEOPLE, **arrays | {"center": arrays["center"][1:]})
    with pytest.raises(RunError, match="python -m training identity"):
        load_people(run)
    latents = load_latents(run)
    save_latents(run, replace(latents, identity=np.full(len(latents.ids), -1, np.int32)))
    with pytest.raises(RunError, match=r"identity_CelebA\.txt"):
        make_people(run)
