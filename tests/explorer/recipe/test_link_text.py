"""Links: round trips of any recipe, short for common edits, and everything that is refused."""

import base64
import zlib

import numpy as np
import pytest

from explorer.recipe.code_text import code_to_text, direction_to_text
from explorer.recipe.errors import RecipeError
from explorer.recipe.link_text import link_text, recipe_of_link
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import Sample

COMMON = Recipe(
    Source("picture", "198852.jpg"),
    attributes={"Eyeglasses": 2.0, "Smiling": -0.55, "Young": 1.0},
    components={1: 1.5},
    method="elected",
    renderer="sharp",
)
CODE = code_to_text(np.random.default_rng(0).normal(size=256))
RECIPES = [
    Recipe(),
    COMMON,
    Recipe(Source("seed", 2**32 - 1), dimensions={3: -4.0}, locks=("Male",)),
    Recipe(Source("sample", Sample(7, 0.85, ["Bald"], ["Male"]))),
    Recipe(Source("sample", Sample(7, 0.7, labelled=True))),
    Recipe(Source("code", CODE), method="balanced"),
    Recipe(Source("mix", ((0.25, COMMON), (0.75, Recipe())))),
    Recipe(directions={direction_to_text("Größe", np.eye(4)[0]): 1.0}),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_comes_back_from_its_link_and_from_links_of_before(recipe: Recipe):
    text = link_text(recipe)
    assert recipe_of_link(text) == recipe
    assert recipe_of_link(recipe.to_json()) == recipe
    assert text.replace("-", "").replace("_", "").isalnum()  # as it is, in any address


def test_a_common_edit_is_short():
    assert len(link_text(COMMON)) < 100  # below 200 with the address of a site
    assert len(link_text(COMMON)) < len(COMMON.to_json()) / 2


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1AAAA", "1!!!!", "1é", "2" + link_text(COMMON)[1:]),
        *(link_text(COMMON)[:-3], link_text(COMMON) + "AAAA", link_text(COMMON)[1:]),
    ],
)
def test_a_link_that_was_cut_or_changed_is_refused(text: str):
    with pytest.raises(RecipeError):
        recipe_of_link(text)


def test_any_flipped_character_is_refused_or_another_recipe():
    text = link_text(COMMON)
    for at in range(len(text)):
        for other in "Az9_":
            try:
                found = recipe_of_link(text[:at] + other + text[at + 1 :])
            except RecipeError:
                continue
            assert isinstance(found, Recipe)


def test_a_short_text_does_not_become_a_long_one():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b" " * 50_000_000) + packer.flush()
    with pytest.raises(RecipeError, match="cut off or was changed"):
        recipe_of_link("1" + base64.urlsafe_b64encode(bomb).decode().rstrip("="))
