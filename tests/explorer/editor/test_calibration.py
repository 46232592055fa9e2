"""Calibrated strength: typical faces lie at 0 and 1, and the slider leads from one to the other."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.editor.calibration import own_value, removed_shares, typical
from explorer.recipe.code_text import code_to_text, direction_to_text
from explorer.recipe.compose import compose
from explorer.recipe.latent_algebra import strength_along
from explorer.recipe.methods import FITTED
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import attribute_vector
from explorer.run.loaded import open_run
from explorer.run.run import Run
from training.run.latents import Latents

METHOD = pytest.mark.parametrize("method", FITTED)


@pytest.fixture
def run(drawn_run) -> Run:
    return open_run(drawn_run).run


@METHOD
def test_the_mean_faces_of_both_classes_are_typical(run: Run, latents: Latents, method: str):
    train = latents.take(latents.rows("train"))
    for name in run.vectors.row_of:
        has = train.label(name)
        values = [
            own_value(train.mean[k].mean(0, dtype=np.float64), run.vectors, name, method)
            for k in (~has, has)
        ]
        if np.isfinite(values).all():
            assert values == pytest.approx([0, 1], abs=1e-3)


@METHOD
@pytest.mark.parametrize("locks", [(), ("Male",), ("Male", "Smiling", "Eyeglasses")])
def test_the_slider_set_to_a_typical_value_makes_the_face_so(run: Run, method: str, locks: tuple):
    source = Source("picture", str(run.faces.ids[3]))
    recipe = Recipe(source, method=method, locks=locks)
    found = typical(recipe, run.space, run.vectors)
    assert "Black_Hair" in found
    for name, (own, without, having, _) in found.items():
        code = compose(recipe, run.space).astype(np.float64)
        vector, _ = attribute_vector(run.space, name, method, locks)
        assert own_value(code, run.vectors, name, method) == pytest.approx(own)
        for amount, value in ((without, 0), (having, 1)):
            there = own_value(code + amount * vector, run.vectors, name, method)
            assert there == pytest.approx(value, abs=1e-3)


def test_edits_do_not_move_what_is_relative_to_the_source(run: Run):
    recipe = Recipe(Source("seed", 4))
    edited = recipe.with_amount("attributes", "Male", 2)
    assert typical(edited, run.space, run.vectors) == typical(recipe, run.space, run.vectors)


def test_the_strength_added_is_the_strength_found():
    generator = np.random.default_rng(0)
    codes, vector = generator.normal(size=(7, 5)), generator.normal(size=5)
    along = strength_along(codes, vector)
    np.testing.assert_allclose(strength_along(codes + 1.7 * vector, vector), along + 1.7)
    np.testing.assert_array_equal(strength_along(codes, np.zeros(5)), np.zeros(7))


def test_what_this_run_cannot_show_or_hold_has_no_typical_values(run: Run):
    for recipe in (
        Recipe(Source("picture", "none.jpg")),
        Recipe(Source("code", code_to_text(np.zeros(3)))),
        Recipe(locks=("Glasses",)),
    ):
        assert typical(recipe, run.space, run.vectors) == {}


def test_attributes_of_which_locks_leave_nothing_have_none(run: Run):
    names = tuple(run.vectors.row_of)  # more than there are dimensions
    assert typical(Recipe(locks=names), run.space, run.vectors) == {}


def test_classes_that_do_not_lie_apart_along_a_vector_have_none(run: Run):
    same = replace(run.vectors, along_mean=np.zeros_like(run.vectors.along_mean))
    assert np.isnan(own_value(run.space.center, same, "Male", "balanced"))
    assert typical(Recipe(), run.space, same) == {}


def test_the_shares_that_locks_remove_are_told_where_there_are_any(run: Run):
    glasses = run.space.vectors["Eyeglasses"]["balanced"]
    mine = direction_to_text("Mine", glasses)
    of_others = direction_to_text("Of another model", np.ones(3))
    recipe = Recipe(method="balanced", locks=("Male", "Eyeglasses"))
    sliders = {"attributes": run.space.vectors, "components": [1], "directions": [mine, of_others]}
    shares = removed_shares(recipe, run.space, sliders)
    left, expected = attribute_vector(run.space, "Smiling", "balanced", recipe.locks)
    assert shares["attributes"]["Smiling"] == expected
    assert left @ left / np.square(run.space.vectors["Smiling"]["balanced"]).sum() == pytest.approx(
        1 - expected, abs=1e-5
    )
    assert shares["directions"].keys() == {mine}  # its own readout is held, so more is removed
    assert shares["directions"][mine] > shares["attributes"].get("Eyeglasses", 0)
    assert removed_shares(Recipe(), run.space, sliders) == {"attributes": {}, "directions": {}}
    assert removed_shares(Recipe(locks=("Glasses",)), run.space, sliders) == {}
