"""Favourites: round trips through plain data and files, and everything that is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.recipe.code_text import code_to_text
from explorer.recipe.errors import RecipeError
from explorer.recipe.favourites import (
    LARGEST_FILE,
    LONGEST_NAME,
    MOST_FAVOURITES,
    Favourite,
    checked,
    favourites_json,
    read_favourites,
)
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace
from explorer.run.run import load_run

WEIGHTS = "0123456789abcdef"
ANNA = Favourite("Anna", Recipe(Source("seed", 1), attributes={"Smiling": 1.5}))
BERT = Favourite("Bert", Recipe())
MIX = Favourite("Both", Recipe(Source("mix", ((1, ANNA.recipe), (2.5, BERT.recipe)))))


@pytest.fixture(scope="module")
def space(drawn_run: Path) -> LatentSpace:
    return load_run(drawn_run).space


def data(*favourites: Favourite) -> list[dict]:
    """As a browser sends them: JSON there and back."""
    return json.loads(json.dumps([favourite.to_data() for favourite in favourites]))


def test_good_ones_come_back_in_their_order(space: LatentSpace):
    assert checked(data(ANNA, BERT, MIX), space) == ([ANNA, BERT, MIX], [])
    assert checked([], space) == ([], [])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"name": "x", "recipe": Recipe(attributes={"Wings": 1.0}).to_data()}, "found 'Wings'"),
        ({"name": "x", "recipe": Recipe(Source("picture", "no.jpg")).to_data()}, "'no.jpg'"),
        (
            {"name": "x", "recipe": Recipe(Source("code", code_to_text(np.ones(3)))).to_data()},
            "expected a code of 8 dimensions",
        ),
        ({"name": "x"}, "expected the JSON of a recipe"),
        ({"name": "x", "recipe": [[[]]]}, "expected the JSON of a recipe"),
        (7, "expected the JSON of a recipe"),
        (None, "expected the JSON of a recipe"),
    ],
)
def test_a_bad_one_is_left_out_and_told(space: LatentSpace, value, problem: str):
    found = checked([*data(ANNA), value, *data(BERT)], space)
    assert found.favourites == [ANNA, BERT]
    assert len(found.problems) == 1
    assert found.problems[0].startswith("2: ")
    assert problem in found.problems[0]


@pytest.mark.parametrize("values", [None, "unreadable", {"0": ANNA.to_data()}, 3])
def test_what_is_no_list_is_told_and_others_stay(space: LatentSpace, values):
    found = checked(values, space, [ANNA])
    assert found == ([ANNA], ["expected a list of favourites; found none"])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("  two\n\twords ", "two words"),
        ("a\u202eb\x00c", "a b c"),
        ("x" * 500, "x" * LONGEST_NAME),
        ("", "Random face, seed 1, Smiling +1.50"),
        (None, "Random face, seed 1, Smiling +1.50"),
        (["Anna"], "Random face, seed 1, Smiling +1.50"),
    ],
)
def test_a_name_is_one_short_line(space: LatentSpace, given, name: str):
    found = checked([{"name": given, "recipe": ANNA.recipe.to_data()}], space)
    assert found == ([Favourite(name, ANNA.recipe)], [])


def test_names_differ_and_recipes_too(space: LatentSpace):
    recipes = [Recipe(Source("seed", seed)) for seed in range(3)]
    given = [Favourite("x" * LONGEST_NAME, recipe) for recipe in (*recipes, recipes[0])]
    found = checked(data(*given), space)
    assert [f.recipe for f in found.favourites] == recipes
    full = "x" * (LONGEST_NAME - 4)
    assert [f.name for f in found.favourites] == [full + "xxxx", full + " (2)", full + " (3)"]
    assert not found.problems


def test_too_many_are_told_and_the_first_stay(space: LatentSpace):
    many = range(MOST_FAVOURITES + 5)
    given = [Favourite(f"{seed}", Recipe(Source("seed", seed))) for seed in many]
    found = checked(data(*given), space)
    assert found.favourites == given[:MOST_FAVOURITES]
    told = f"{MOST_FAVOURITES + 1} to {len(given)}: {MOST_FAVOURITES} favourites are the most"
    assert found.problems == [told]
    found = checked(data(ANNA), space, given[5:])
    assert found.favourites == given[5:]  # seed 1 is not among them
    assert found.problems == [f"1: {MOST_FAVOURITES} favourites are the most"]


def test_a_file_reads_back_after_those_that_are_kept(space: LatentSpace):
    content = favourites_json([ANNA, MIX], WEIGHTS).encode()
    assert read_favourites(content, space, WEIGHTS, []) == ([ANNA, MIX], [])
    assert read_favourites(content, space, WEIGHTS, [BERT, ANNA]) == ([BERT, ANNA, MIX], [])
    found = read_favourites(content, space, "f" * 16, [])
    assert found.favourites == [ANNA, MIX]
    assert found.problems == [f"made with the weights {WEIGHTS}, this model has {'f' * 16}"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG",
        b"[]",
        b'{"favourites": []}',
        b'{"favourites": {}, "weights": "0123456789abcdef"}',
        b'{"favourites": [], "weights": 5}',
        b'{"favourites": [], "weights": "![](http://a.example)"}',
        b"[" * 100_000,
        b" " * (LARGEST_FILE + 1),
    ],
)
def test_another_file_is_refused(space: LatentSpace, content: bytes):
    with pytest.raises(RecipeError, match=r"^expected a file of favourites"):
        read_favourites(content, space, WEIGHTS, [ANNA])
