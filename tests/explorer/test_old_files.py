"""What was written before a change opens after it, as the same face and as the same text.

tests/fixtures/before_the_rooms/ was written by the version before the modules moved into rooms: a
published run of drawn faces, 13 links with their codes and pixels, an exported recipe, favourites
and an own direction. None of it is ever written anew: a test that fails here breaks a file that
somebody keeps.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.editor.export import read_recipe, recipe_json
from explorer.recipe.compose import compose
from explorer.recipe.directions import direction_json, read_direction
from explorer.recipe.favourites import favourites_json, read_favourites
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded, open_run

BEFORE = Path(__file__).parents[1] / "fixtures" / "before_the_rooms"
LINKS = json.loads((BEFORE / "links.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return open_run(BEFORE / "run")


@pytest.fixture(scope="module")
def faces() -> dict[str, np.ndarray]:
    with np.load(BEFORE / "faces.npz") as arrays:
        return dict(arrays)


def content(name: str) -> bytes:
    return (BEFORE / name).read_bytes()


def test_the_run_opens_with_all_that_belongs_to_it(loaded):
    run = loaded.run
    assert (len(run.faces), run.space.latent) == (32, 8)
    assert run.face_map.ids.tolist() == run.faces.ids.tolist()
    assert run.report["weights"] == run.vectors.weights == "2410a44057ae954d"


@pytest.mark.parametrize("row", range(len(LINKS)))
def test_a_link_shows_the_face_it_showed(loaded, faces, row):
    code = compose(Recipe.from_json(LINKS[row]), loaded.run.space)
    np.testing.assert_allclose(code, faces["codes"][row], rtol=0, atol=1e-6)
    picture = loaded.renderer.decode(code[None])[0]
    assert np.abs(picture.astype(int) - faces["pictures"][row]).max() <= 1


@pytest.mark.parametrize("link", LINKS)
def test_the_recipe_of_a_link_is_written_as_the_same_text(link):
    assert Recipe.from_json(link).to_json() == link


def test_an_exported_recipe_opens_and_is_exported_as_the_same_text(loaded):
    run = loaded.run
    recipe, warning = read_recipe(content("recipe.json"), run.space, run.vectors.weights)
    assert warning is None
    assert recipe_json(recipe, run.vectors.weights).encode() == content("recipe.json")


def test_favourites_open_and_are_exported_as_the_same_text(loaded):
    run = loaded.run
    found = read_favourites(content("favourites.json"), run.space, run.vectors.weights, [])
    assert found.problems == []
    assert favourites_json(found.favourites, run.vectors.weights).encode() == content(
        "favourites.json"
    )


def test_an_own_direction_opens_and_is_exported_as_the_same_text(loaded):
    run = loaded.run
    direction = read_direction(content("direction.json"), run.space.latent, run.vectors.weights)
    assert direction_json(direction).encode() == content("direction.json")
    assert any(direction.text in Recipe.from_json(link).amounts["directions"] for link in LINKS)
