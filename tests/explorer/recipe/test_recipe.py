"""A recipe: equal edits are equal recipes, JSON gives it back, and what cannot be is refused."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.recipe.banks import BANKS, MOST_DIRECTIONS
from explorer.recipe.code_text import code_to_text, direction_to_text
from explorer.recipe.errors import RecipeError
from explorer.recipe.methods import METHODS
from explorer.recipe.recipe import DEEPEST_MIX, Recipe, Source
from explorer.recipe.renderers import RENDERERS
from explorer.recipe.sample import Sample

ASKED = st.lists(st.text(max_size=12), max_size=4, unique=True)
SAMPLES = st.builds(
    lambda seed, temperature, names, k: Sample(seed, temperature, names[:k], names[k:]),
    st.integers(0, 2**32 - 1),
    st.floats(0, 2) | st.integers(0, 2),
    ASKED,
    st.integers(0, 4),
)
SINGLE = st.one_of(
    st.just(Source("mean")),
    st.builds(Source, st.just("seed"), st.integers(0, 2**32 - 1)),
    st.builds(Source, st.just("picture"), st.text()),
    SAMPLES.map(lambda sample: Source("sample", sample)),
    st.builds(
        lambda code: Source("code", code_to_text(np.array(code))),
        st.lists(st.floats(-64, 64), min_size=1, max_size=128),
    ),
)


DIRECTIONS = st.builds(
    lambda name, vector: direction_to_text(name, np.array(vector)),
    st.from_regex(r"\A\w([\w :]{0,38}\w)?\Z"),
    st.lists(st.floats(1, 64), min_size=1, max_size=8),
)
NAMES = {
    "attributes": st.text(max_size=12),
    "components": st.integers(0, 127),
    "dimensions": st.integers(0, 127),
    "directions": DIRECTIONS,
}


def amounts(bank: str) -> st.SearchStrategy[dict]:
    limit = BANKS[bank].limit
    steps = st.floats(-limit, limit) | st.integers(-3, 3)
    return st.dictionaries(NAMES[bank], steps, max_size=4)


LOCKS = st.lists(st.text(max_size=12), max_size=3).map(tuple)
EDITS = {bank: amounts(bank) for bank in BANKS}
EDITS |= {"method": st.sampled_from(METHODS), "locks": LOCKS}
EDITS |= {"renderer": st.sampled_from(list(RENDERERS))}
PARTS = st.tuples(st.floats(0, 100, exclude_min=True), st.builds(Recipe, SINGLE, **EDITS))
MIXES = st.lists(PARTS, min_size=2, max_size=4).map(lambda parts: Source("mix", tuple(parts)))
RECIPES = st.builds(Recipe, SINGLE | MIXES, **EDITS)
MEAN = Recipe()
WEIGHTS = "weights of a mix above 0, at most 100"
GLASSES = direction_to_text("My glasses", np.array([1.0, -2.0]))
PLAIN = {"source": {"kind": "mean"}, "attributes": {}, "components": {}, "dimensions": {}}

PLAIN_BANKS = {bank: {} for bank in BANKS}


def amount_of(recipe: Recipe, bank: str, name: str | int) -> float:
    """How far a slider is moved; recipes keep no zeros."""
    return recipe.amounts[bank].get(name, 0.0)


@given(RECIPES)
def test_json_gives_the_equal_recipe_back(recipe: Recipe):
    text = recipe.to_json()
    assert "\n" not in text
    assert Recipe.from_json(text) == recipe
    assert Recipe.from_json(text).to_json() == text
    assert json.loads(text) == recipe.to_data()
    assert Recipe.from_data(recipe.to_data()) == recipe


@given(RECIPES, st.sampled_from(list(BANKS)), st.data())
def test_the_amount_set_is_the_amount_read_and_nothing_else_changes(
    recipe: Recipe, bank: str, data: st.DataObject
):
    for name, amount in data.draw(amounts(bank)).items():
        assume(len(recipe.amounts[bank]) < MOST_DIRECTIONS)
        changed = recipe.with_amount(bank, name, amount)
        assert amount_of(changed, bank, name) == amount
        assert changed.with_amount(bank, name, amount_of(recipe, bank, name)) == recipe


@given(RECIPES, st.randoms())
def test_the_order_of_edits_does_not_matter(recipe: Recipe, random):
    edits = [(b, name, amount) for b in BANKS for name, amount in recipe.amounts[b].items()]
    random.shuffle(edits)
    again = recipe.unedited()
    for edit in edits:
        again = again.with_amount(*edit)
    assert again == recipe
    assert again.to_json() == recipe.to_json()


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_an_amount_of_zero_is_no_edit(zero: float):
    recipe = Recipe(attributes={"Male": zero}, components={1: zero}, dimensions={0: zero})
    assert recipe == Recipe()
    assert not recipe.edited
    assert Recipe().with_amount("components", 2, 1.5).edited
    assert not Recipe().with_amount("components", 2, 1.5).with_amount("components", 2, zero).edited


def test_a_slider_that_was_not_moved_reads_zero():
    assert amount_of(Recipe(), "attributes", "Smiling") == 0.0


def test_source_and_edits_can_be_changed_apart():
    edited = Recipe(Source("seed", 7), attributes={"Male": 1})
    assert edited.with_source(Source("mean")) == Recipe(Source("mean"), attributes={"Male": 1})
    assert edited.unedited() == Recipe(Source("seed", 7))


def test_several_values_change_at_once_and_the_others_stay():
    recipe = Recipe(Source("seed", 7), attributes={"Male": 1}, components={1: 2})
    changed = recipe.changed(method="logistic", locks=["Young"], components={})
    assert changed == Recipe(
        Source("seed", 7), attributes={"Male": 1}, method="logistic", locks=("Young",)
    )
    with pytest.raises(TypeError, match=r"^expected amounts of attributes"):
        recipe.changed(tea={1: 1})


def test_the_amounts_at_the_limits_are_allowed():
    for bank in BANKS:
        limit = BANKS[bank].limit
        name = {"attributes": "Male", "directions": GLASSES}.get(bank, 1)
        for amount in (limit, -limit):
            assert amount_of(Recipe(**{bank: {name: amount}}), bank, name) == amount


@pytest.mark.parametrize(
    ("bank", "amounts", "message"),
    [
        ("attributes", {"Male": math.nan}, "expected attributes Male within +-3; found nan"),
        ("attributes", {"Male": math.inf}, "expected attributes Male within +-3; found inf"),
        ("attributes", {"Male": 3.01}, "expected attributes Male within +-3; found 3.01"),
        ("components", {1: -4.5}, "expected components 1 within +-4; found -4.5"),
        ("dimensions", {0: 10**400}, "expected dimensions 0 within +-4; found 1000"),
        ("attributes", {"Male": True}, "expected a number for attributes Male; found True"),
        ("attributes", {"Male": False}, "expected a number for attributes Male; found False"),
        ("dimensions", {3: "1"}, "expected a number for dimensions 3; found '1'"),
        ("dimensions", {3: None}, "expected a number for dimensions 3; found None"),
        ("attributes", {1: 1.0}, "expected str keys in attributes; found 1"),
        ("components", {"1": 1.0}, "expected int keys in components; found '1'"),
        ("dimensions", {True: 1.0}, "expected int keys in dimensions; found True"),
    ],
)
def test_amounts_that_cannot_be_are_refused(bank: str, amounts: dict, message: str):
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}"):
        Recipe(**{bank: amounts})


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("video", 1, "expected a source of picture, seed, sample, mean, code, mix; found 'vid"),
        ("picture", 182638, "expected a picture id for source picture; found 182638"),
        ("picture", None, "expected a picture id for source picture; found None"),
        ("seed", "7", "expected a whole number for source seed; found '7'"),
        ("seed", 7.0, "expected a whole number for source seed; found 7.0"),
        ("seed", True, "expected a whole number for source seed; found True"),
        ("seed", -1, "expected a seed from 0 to 2^32 - 1; found -1"),
        ("seed", 2**32, "expected a seed from 0 to 2^32 - 1; found 4294967296"),
        ("sample", 7, "expected what to draw for source sample; found 7"),
        ("code", None, "expected the text of a code for source code; found None"),
        (
            "code",
            "no code",
            "expected a code as base64 of half-precision numbers within +-64; found 'no code'",
        ),
        ("mean", 0, "expected no value for source mean; found 0"),
        ("mix", None, "expected pairs of a weight and a recipe for source mix; found None"),
        ("mix", (), "expected a mix of 2 to 4 faces; found 0 of them"),
        ("mix", ((1, MEAN),), "expected a mix of 2 to 4 faces; found 1 of them"),
        ("mix", ((1, MEAN),) * 5, "expected a mix of 2 to 4 faces; found 5 of them"),
        ("mix", ((1, MEAN), (1, Source("mean"))), "expected recipes in a mix; found Source("),
        *(
            ("mix", ((1, MEAN), (weight, MEAN)), f"expected {WEIGHTS}; found {repr(weight)[:4]}")
            for weight in (0, -1, 100.5, math.nan, math.inf, 10**400, True, "1", None)
        ),
    ],
)
def test_sources_that_cannot_be_are_refused(kind: str, value: Any, message: str):
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}"):
        Source(kind, value)


def test_a_sample_is_sorted_and_leaves_out_what_is_usual():
    sample = Sample(7, 1, ["Young", "Male", "Young"], ("Smiling",))
    assert sample == Sample(7, 1.0, ("Male", "Young"), ["Smiling"])
    assert sample.to_data() == {"seed": 7, "having": ["Male", "Young"], "lacking": ["Smiling"]}
    assert Sample(7).to_data() == {"seed": 7}
    assert Sample(7, 0.5).to_data() == {"seed": 7, "temperature": 0.5}
    assert len({sample, Sample(7, 1.0, ("Male", "Young"), ["Smiling"]), Sample(7)}) == 2
    free = Sample(7, labelled=True)
    assert free.to_data() == {"seed": 7, "labelled": True}
    assert free != Sample(7)
    # Labels are drawn where none are asked for.
    assert Sample(7, 1, having=["Male"], labelled=True) == Sample(7, 1, having=["Male"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        *(
            ({"seed": seed}, "expected a seed from 0 to 2^32 - 1; found")
            for seed in (-1, 2**32, 1.0, True, "7", None)
        ),
        *(
            ({"seed": 1, "temperature": warm}, "expected a temperature from 0 to 2; found")
            for warm in (-0.1, 2.1, math.nan, math.inf, True, "1", None)
        ),
        *(
            ({"seed": 1, side: names}, "expected a list of attributes; found")
            for side in ("having", "lacking")
            for names in ("Male", [1], None, {"Male": 1})
        ),
        (
            {"seed": 1, "having": ["Male", "Young"], "lacking": ["Young"]},
            "expected a face with or without Young; found both asked for",
        ),
        *(
            ({"seed": 1, "labelled": value}, "expected labelled to be true or false; found")
            for value in (1, None, "true", [])
        ),
        (
            {"seed": 1, "having": [str(k) for k in range(41)]},
            "expected at most 40 attributes asked for; found 41",
        ),
    ],
)
def test_samples_that_cannot_be_are_refused(values: dict, message: str):
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}"):
        Recipe.from_data({"source": {"kind": "sample", "value": values}, **PLAIN_BANKS})


@pytest.mark.parametrize("value", [None, 7, [], {}, {"seed": 1, "more": 2}, "{}"])
def test_what_is_no_sample_is_refused(value: Any):
    with pytest.raises(RecipeError, match=r"^expected the JSON of a recipe; found"):
        Recipe.from_data({"source": {"kind": "sample", "value": value}, **PLAIN_BANKS})


def test_mixes_of_mixes_are_allowed_up_to_a_depth():
    recipe = MEAN
    for depth in range(1, DEEPEST_MIX + 1):
        recipe = Recipe(Source("mix", ((1, recipe), (1, MEAN))))
        assert recipe.source.depth == depth
    assert Recipe.from_json(recipe.to_json()) == recipe
    with pytest.raises(RecipeError, match=f"expected mixes of mixes at most {DEEPEST_MIX} deep"):
        Source("mix", ((1, MEAN), (1, recipe)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"mean"',
        "{}",
        "[" * 100_000,
        *(
            json.dumps(PLAIN | change)
            for change in (
                {"source": "mean"},
                {"source": ["mean"]},
                {"source": {}},
                {"source": {"kind": "mean", "locked": True}},
                {"source": {"kind": []}},
                {"source": {"value": 1}},
                {"source": {"kind": "mix", "value": None}},
                {"source": {"kind": "mix", "value": [1, 2]}},
                {"attributes": None},
                {"attributes": [["Male", 1]]},
                {"components": {"first": 1}},
                {"dimensions": {"1.5": 1}},
                {"directions": None},
                {"locked": ["Male"]},
            )
        ),
    ],
)
def test_text_that_is_not_the_json_of_a_recipe_is_refused_and_shown(text: str):
    message = f"expected the JSON of a recipe; found {text[:80]!r}"
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}$"):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"directions": {"Glasses": 1}}, "expected an own direction with a name of 1 to 40"),
        ({"directions": {GLASSES: 3.5}}, "expected directions My glasses:"),
        ({"method": "median"}, "expected a method of mean_difference, balanced, logistic, disc"),
        ({"method": None}, "expected a method of mean_difference, balanced, logistic, discrimin"),
        ({"method": []}, "expected a method of mean_difference, balanced, logistic, discriminan"),
        ({"renderer": "blurred"}, "expected a renderer of mean, sharp; found 'blurred'"),
        ({"renderer": None}, "expected a renderer of mean, sharp; found 'None'"),
        ({"renderer": ["sharp"]}, "expected a renderer of mean, sharp; found \"['sharp']\""),
        ({"locks": "Male"}, "expected a list of attributes to lock; found 'Male'"),
        ({"locks": [7]}, "expected a list of attributes to lock; found [7]"),
        ({"locks": {"Male": 1}}, "expected a list of attributes to lock; found {'Male': 1}"),
        ({"attributes": {"Male": [1]}}, "expected a number for attributes Male; found [1]"),
        ({"attributes": {"Male": {"a": 1}}}, "expected a number for attributes Male"),
        ({"components": {"1": "NaN"}}, "expected a number for components 1; found 'NaN'"),
        ({"components": {"1": math.nan}}, "expected components 1 within +-4; found nan"),
        ({"dimensions": {"1": 1e999}}, "expected dimensions 1 within +-4; found inf"),
        ({"source": {"kind": "seed", "value": True}}, "expected a whole number for source seed"),
        ({"source": {"kind": "mix", "value": [[1, PLAIN]]}}, "expected a mix of 2 to 4 faces"),
        ({"source": {"kind": "mix", "value": [[-1, PLAIN]] * 2}}, f"expected {WEIGHTS}; found -1"),
        ({"source": {"kind": "mix", "value": [[1, {}]] * 2}}, "expected the JSON of a recipe"),
    ],
)
def test_json_of_a_recipe_that_cannot_be_is_refused_for_its_reason(change: dict, message: str):
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}"):
        Recipe.from_json(json.dumps(PLAIN | change))


def test_the_plain_json_of_these_tests_is_that_of_the_mean_face():
    assert Recipe.from_json(json.dumps(PLAIN)) == Recipe()


def test_links_of_before_there_were_methods_and_locks_mean_what_they_meant():
    old = Recipe.from_json(json.dumps(PLAIN | {"attributes": {"Male": 1.0}}))
    assert (old.method, old.locks, old.amounts["directions"]) == ("mean_difference", (), {})
    assert old.to_data().keys() == PLAIN.keys()


def test_method_locks_and_directions_are_in_the_json_when_they_differ():
    recipe = Recipe(directions={GLASSES: 1}, method="logistic", locks=("Young", "Male", "Young"))
    assert recipe.locks == ("Male", "Young")
    later = {"directions": {GLASSES: 1.0}, "method": "logistic", "locks": ["Male", "Young"]}
    assert recipe.to_data() == Recipe().to_data() | later


def test_links_of_before_there_were_renderers_draw_the_mean_and_are_written_as_they_were():
    for text in (
        json.dumps(Recipe().to_data()),
        json.dumps(Recipe(Source("seed", 7), attributes={"Male": 1}, locks=["Young"]).to_data()),
    ):
        assert "renderer" not in text
        assert Recipe.from_json(text).renderer == "mean"
        assert Recipe.from_json(text).to_json() == text
    sharp = Recipe(renderer="sharp")
    assert sharp.to_data() == Recipe().to_data() | {"renderer": "sharp"}
    assert not sharp.edited
    assert sharp != Recipe()


def test_the_renderer_stays_with_another_face_and_without_edits():
    recipe = Recipe(Source("seed", 7), attributes={"Male": 1}, renderer="sharp")
    assert recipe.fresh_face(Source("mean")) == Recipe(renderer="sharp")
    assert recipe.unedited() == Recipe(Source("seed", 7), renderer="sharp")
    assert recipe.with_source(Source("mean")).with_amount("components", 1, 2).renderer == "sharp"


def test_another_face_starts_without_edits_but_with_method_and_locks():
    recipe = Recipe(Source("seed", 7), attributes={"Male": 1}, method="balanced", locks=("Young",))
    started = recipe.fresh_face(Source("mean"))
    assert started == Recipe(method="balanced", locks=("Young",))
    assert recipe.unedited() == started.with_source(Source("seed", 7))
    assert not started.edited


def test_more_own_directions_than_a_link_should_hold_are_refused():
    texts = [direction_to_text(f"d{k}", np.ones(2)) for k in range(MOST_DIRECTIONS + 1)]
    most = Recipe(directions=dict.fromkeys(texts[1:], 1))
    assert len(most.amounts["directions"]) == MOST_DIRECTIONS
    with pytest.raises(RecipeError, match=r"^Own directions: expected at most 8; found 9$"):
        Recipe(directions=dict.fromkeys(texts, 1))
