"""What is done to recipes, as a table that the browser's recipe.js is tested by, too.

tests/components/recipe.test.js reads the same file.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.recipe.banks import BANKS
from explorer.recipe.recipe import Recipe, Source, rules

TABLE = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "recipe_cases.json").read_text(encoding="utf-8")
)
CHANGES = {
    "normal": lambda recipe: recipe,
    "amount": lambda recipe, bank, name, amount: recipe.with_amount(
        bank, BANKS[bank].kind(name), amount
    ),
    "method": lambda recipe, method: recipe.changed(method=method),
    "locks": lambda recipe, locks: recipe.changed(locks=locks),
    "source": lambda recipe, source: recipe.with_source(Source.from_data(source)),
    "fresh": lambda recipe, source: recipe.fresh_face(Source.from_data(source)),
    "renderer": lambda recipe, renderer: recipe.changed(renderer=renderer),
    "face": lambda recipe: Recipe(recipe.source, renderer=recipe.renderer),
    "mix": lambda recipe, parts: recipe.fresh_face(
        Source.from_data({"kind": "mix", "value": parts})
    ),
}


def test_the_browser_is_told_the_rules_of_the_table():
    assert json.dumps(rules()) == json.dumps(TABLE["rules"])


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["about"])
def test_a_changed_recipe_has_its_one_text(case: dict[str, Any]):
    change, *arguments = case["change"]
    changed = CHANGES[change](Recipe.from_data(case["recipe"]), *arguments)
    assert changed.to_json() == json.dumps(case["expected"])
    assert Recipe.from_data(case["expected"]) == changed


def test_every_change_has_a_case():
    assert {case["change"][0] for case in TABLE["cases"]} == CHANGES.keys()
