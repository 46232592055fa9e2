"""Ticks: where each kind of source lies on the axes, against the codes themselves."""

import re
from pathlib import Path

import numpy as np
import pytest

from explorer.editor.calibration import own_value
from explorer.editor.ticks import SAME_WITHIN, own_values, slider_ticks
from explorer.recipe.banks import BANKS
from explorer.recipe.code_text import code_to_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace
from explorer.run.run import Run, load_run
from training.run.latents import Latents


@pytest.fixture(scope="module")
def run(drawn_run: Path) -> Run:
    return load_run(drawn_run)


@pytest.fixture(scope="module")
def space(run: Run) -> LatentSpace:
    return run.space


@pytest.fixture(
    scope="module", params=["mean", "seed", "picture", "code", "mix", "edited part of a mix"]
)
def source(request: pytest.FixtureRequest, space: LatentSpace) -> Source:
    picture = Source("picture", str(space.ids[3]))
    edited = Recipe(picture, components={1: 1.0})
    return {
        "mean": Source("mean"),
        "seed": Source("seed", 5),
        "picture": picture,
        "code": Source("code", code_to_text(space.codes[1])),
        "mix": Source("mix", ((1, Recipe(picture)), (3, Recipe(Source("seed", 1))))),
        "edited part of a mix": Source("mix", ((1, edited), (1, Recipe()))),
    }[request.param]


def test_the_mean_of_all_codes_is_at_zero_with_spread_one(space: LatentSpace, latents: Latents):
    train = latents.mean[latents.rows("train")]  # what the axes were made from
    values = [own_values(code, space) for code in train]
    for bank in ("components", "dimensions"):
        along = np.stack([list(v[bank].values()) for v in values])
        np.testing.assert_allclose(along.mean(0), 0, atol=1e-4)
        np.testing.assert_allclose(along.std(0), 1, atol=0.01)


def test_a_shift_to_the_tick_brings_the_face_to_the_mean(
    run: Run, space: LatentSpace, source: Source
):
    ticks = slider_ticks(Recipe(source), run)
    count = 0
    for bank in ("components", "dimensions"):
        before = own_values(compose(Recipe(source), space), space)[bank]
        for name, value in before.items():
            found = ticks[bank][str(name)]
            means = [tick["at"] for tick in found if tick["kind"] == "mean"]
            assert len(means) == (SAME_WITHIN <= abs(value) <= BANKS[bank].limit)
            assert [tick["at"] for tick in found if tick["kind"] == "own"] == [0]
            for at in means:
                moved = Recipe(source, **{bank: {name: at}})
                after = own_values(compose(moved, space), space)[bank]
                assert abs(after[name]) < 0.006
                count += 1
    assert count or source.kind == "mean"


def test_the_label_names_the_distance(run: Run, space: LatentSpace):
    code = space.center + 1.26 * space.component_spread[0] * space.components[0]
    own, mean = slider_ticks(Recipe(Source("code", code_to_text(code))), run)["components"]["1"]
    assert own == {"at": 0, "label": "This face: +1.3 σ", "kind": "own"}
    assert mean["label"] == "Mean of all faces"
    assert mean["at"] == pytest.approx(-1.26, abs=0.02)


def test_the_mean_face_has_one_tick_for_both(run: Run):
    for bank in ("components", "dimensions"):
        for found in slider_ticks(Recipe(Source("mean")), run)[bank].values():
            assert [tick["kind"] for tick in found] == ["own"]
            assert found[0]["label"] == "This face, at the mean of all faces"


def test_every_slider_has_a_tick_at_zero(run: Run, space: LatentSpace, source: Source):
    ticks = slider_ticks(Recipe(source), run)
    assert set(ticks["attributes"]) == set(space.vectors)
    assert len(ticks["components"]) == len(space.components)
    assert list(ticks["dimensions"]) == [str(d) for d in space.dimension_order]
    for bank in ticks.values():
        assert all(found[0]["at"] == 0 for found in bank.values())


def test_a_source_of_another_run_has_none(run: Run):
    assert slider_ticks(Recipe(Source("picture", "nobody.jpg")), run) == {}
    assert slider_ticks(Recipe(Source("code", code_to_text(np.ones(3)))), run) == {}


@pytest.mark.parametrize("locks", [(), ("Male",)])
def test_the_ticks_of_an_attribute_set_it_to_typical(run: Run, source: Source, locks: tuple):
    recipe = Recipe(source, method="balanced", locks=locks)
    count = 0
    for name, found in slider_ticks(recipe, run)["attributes"].items():
        at = {tick["kind"]: tick["at"] for tick in found}
        for kind, value in (("without", 0), ("with", 1)):
            if kind in at:
                moved = compose(recipe.with_amount("attributes", name, at[kind]), run.space)
                assert own_value(moved, run.vectors, name, "balanced") == pytest.approx(
                    value, abs=0.02
                )
                count += 1
    assert count > 10


def test_ticks_that_a_slider_does_not_reach_are_left_out(run: Run):
    far = run.space.center + 9 * run.space.vectors["Male"]["mean_difference"]
    found = slider_ticks(Recipe(Source("code", code_to_text(far))), run)["attributes"]["Male"]
    assert [tick["kind"] for tick in found] == ["own"]
    assert re.fullmatch(r"This face: \d{3}% of the way from without to with", found[0]["label"])


def test_where_strengths_are_effects_ticks_stand_where_the_score_tips_and_is_sure(
    drawn_effects: Path,
):
    run = load_run(drawn_effects)
    source = Source("picture", str(run.faces.ids[0]))
    recipe = Recipe(source, method="elected")
    code = compose(recipe, run.space)
    for name, found in slider_ticks(recipe, run)["attributes"].items():
        at = {tick["kind"]: tick["at"] for tick in found}
        score = run.space.effects.score(name, code)
        tips = -0.5 if score >= 0.5 else 0.5
        assert at == {"own": 0, "tips": tips, "without": -1, "with": 1}
        assert found[0]["label"] == f"This face: {score:.0%} sure, as read off its code"
