"""What teaches the reader: closed forms, and the command on a run of drawn faces."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.__main__ import main
from explorer.derived.effects_file import load_effects, set_elected
from explorer.derived.vectors import load_vectors
from explorer.judge.fit_effects import aimed, fit_reader, typical_logits
from explorer.judge.full_strength import logits_of
from explorer.judge.judges import judges
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import open_run
from explorer.run.run import load_run
from training.run.files import read_npz, write_npz
from training.run.run_folder import EFFECTS, RunError


def test_a_reader_learns_a_curved_function_of_codes_it_did_not_see():
    rng = np.random.default_rng(0)
    codes = (3 + 2 * rng.standard_normal((6000, 4))).astype(np.float32)
    logits = np.stack([codes[:, 0] - 2 * np.abs(codes[:, 1] - 3), 5 * np.sin(codes[:, 2])], 1)
    reader = fit_reader(codes[:5000], logits[:5000].astype(np.float32), seed=0)
    error = np.square(reader.logits(codes[5000:]) - logits[5000:]).mean(0)
    assert (error < 0.2 * logits[5000:].var(0)).all()


def test_typical_faces_say_what_strength_one_is():
    logits = np.array([[3.0, 1.0], [9.0, 1.5], [-1.0, -9.0], [-2.0, -8.0], [-3.0, -7.0]])
    labels = np.array([[1, 1], [1, 1], [0, 0], [0, 0], [0, 0]], bool)
    certain = np.log(9)
    np.testing.assert_allclose(
        typical_logits(logits, labels), [[-2, certain], [-certain, 1.25]], rtol=1e-6
    )


def test_scores_of_nought_and_one_have_logits():
    found = logits_of(np.array([0.0, 0.5, 0.9, 1.0]))
    assert np.isfinite(found).all()
    assert found[1:3] == pytest.approx([0, np.log(9)])


def test_what_is_aimed_at_is_shifted_by_what_the_judge_says():
    sure = np.array([[-2.0, 2.0]] * 3, np.float32)
    found = [
        [np.full(9, -2.0), np.full(9, 1.5)],  # removing does what it should, adding lacks 0.5
        [
            np.full(9, -9.0),
            np.r_[-1.0, -1.0, np.full(7, 3.0)],
        ],  # too much; two behind
        [np.full(9, 9.0), np.full(2, -9.0)],  # far behind; too few to tell
    ]
    expected = [[-2, 2.5], [-1.5, 3], [-5, 2]]
    np.testing.assert_allclose(aimed(sure, found), expected, atol=1e-6)


def test_the_command_makes_a_file_that_the_run_opens_with(drawn_effects: Path):
    vectors = load_vectors(drawn_effects)
    made = load_effects(drawn_effects, vectors)
    assert made.attributes.tolist() == vectors.attributes.tolist()
    assert (made.judge, made.renderer) == (judges().first.name, "mean")
    space = load_run(drawn_effects).space
    name = str(made.attributes[0])
    recipe = Recipe(Source("seed", 1), attributes={name: 1}, method="elected")
    moved = compose(recipe, space) - compose(recipe.unedited(), space)
    vector = space.effects.vector(name, "elected")
    assert moved @ vector == pytest.approx(np.linalg.norm(moved) * np.linalg.norm(vector), rel=1e-3)


def test_elected_places_are_kept_and_change_nothing_else(drawn_effects: Path, tmp_path: Path):
    root = shutil.copytree(drawn_effects, tmp_path / "run")
    vectors = load_vectors(root)
    before = load_effects(root, vectors)
    name = str(before.attributes[0])
    set_elected(root, vectors, {name: 0.75}, [(name, 1)])
    after = load_effects(root, vectors)
    assert after.places.tolist() == [0.75, *before.places[1:]]
    assert after.followed() == {(name, 1)}
    np.testing.assert_array_equal(after.reader.weights_2, before.reader.weights_2)
    np.testing.assert_array_equal(after.sure, before.sure)


def test_effects_that_do_not_fit_are_refused(drawn_effects: Path, own_run: Path):
    vectors = load_vectors(own_run)
    assert load_effects(own_run, vectors) is None
    with pytest.raises(RunError, match="found: no such file\nnext: python -m explorer effects"):
        set_elected(own_run, vectors, {}, ())
    arrays = read_npz(drawn_effects / EFFECTS)
    for change, found in (
        ({"weights": np.array("0" * 16)}, "of other weights"),
        ({"sure": arrays["sure"][:, :1]}, "do not fit together: sure"),
        ({"reader_weights_1": arrays["reader_weights_1"][1:]}, "do not fit together: the reader"),
        ({"attributes": np.array(["Hat", *arrays["attributes"][1:]])}, "without a vector: Hat"),
    ):
        write_npz(own_run / EFFECTS, arrays | change)
        with pytest.raises(RunError, match=found):
            load_effects(own_run, vectors)
    (own_run / EFFECTS).write_bytes(b"")
    with pytest.raises(RunError, match=f"or python -m explorer effects {own_run}"):
        open_run(own_run)


def test_a_run_that_is_not_there_is_told(capsys, tmp_path: Path):
    assert main(["effects", str(tmp_path / "none")]) == 2
    assert "expected: a run folder" in capsys.readouterr().err
