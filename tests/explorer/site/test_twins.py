"""The JavaScript that composes in a browser, in node, against the Python that it is a twin of."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.shipped import SHIPPED
from explorer.editor.calibration import removed_shares
from explorer.editor.ticks import slider_ticks
from explorer.map.columns import column
from explorer.map.layouts import layout
from explorer.map.whereabouts import whereabouts
from explorer.recipe import link_text as links
from explorer.recipe.code_text import code_to_text, direction_to_text
from explorer.recipe.compose import compose
from explorer.recipe.errors import LocksError, RecipeError
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import Sample
from explorer.recipe.space import LatentSpace, methods_of
from explorer.run.loaded import open_run
from explorer.run.run import Run
from explorer.site.page_data import WRITING, words
from explorer.site.space_file import LAYOUTS, random_sources, space_file

SCRIPT = Path(__file__).with_name("twin.mjs")
RECIPES, PLACES = 300, 24
# Of an amount of 1; JavaScript adds up in double precision what numpy adds in single.
SAME = 1e-4
HALVED = 4e-3  # of a code of a few units, in half precision


def node() -> str:
    """Where node is; skips the test where it is not."""
    beside = Path(sys.executable).with_name("node")
    found = str(beside) if beside.is_file() else shutil.which("node")
    if found is None:
        pytest.skip("needs node: pip install -r requirements.txt")
    if not (Path(__file__).parents[3] / "node_modules" / "fflate").is_dir():
        pytest.skip("needs the packages of package.json: npm ci")
    return found


def asked_of(run: Run, folder: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What JavaScript answers."""
    nothing = {k: [] for k in ("recipes", "codes", "links", "places", "blends", "about", "columns")}
    told = {"writing": WRITING, "words": words(run)}
    (folder / "asked.json").write_text(json.dumps(nothing | told | asked))
    done = subprocess.run([node(), SCRIPT, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def run() -> Run:
    """The one that ships, with the codes that a site holds."""
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    found = open_run(SHIPPED).run
    halved = found.faces.mean.astype(np.float16).astype(np.float32)
    space, faces = replace(found.space, codes=halved), replace(found.faces, mean=halved)
    return replace(found, space=space, faces=faces)


@pytest.fixture(scope="module")
def folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the space file of the run and four random faces."""
    root = tmp_path_factory.mktemp("site")
    (root / "space.safetensors").write_bytes(space_file(run, random_sources(run.space, 4)))
    return root


def some_recipe(space: LatentSpace, rng: np.random.Generator, depth: int = 0) -> Recipe:
    """Of any source that a site knows, with a few sliders of every bank, a method and locks."""
    names, ids = list(space.vectors), list(map(str, space.ids))

    def amounts(of: list, most: float) -> dict:
        chosen = rng.choice(len(of), min(len(of), rng.integers(0, 4)), replace=False)
        return {of[k]: round(float(rng.uniform(-most, most)), 2) for k in chosen}

    code = code_to_text(rng.standard_normal(space.latent))
    sources = [Source("picture", str(rng.choice(ids))), Source("mean"), Source("code", code)]
    if depth < 2:
        parts = [some_recipe(space, rng, depth + 1) for _ in range(rng.integers(2, 4))]
        sources.append(Source("mix", tuple((float(rng.uniform(0.1, 3)), p) for p in parts)))
    odds = [0.6] + [0.4 / (len(sources) - 1)] * (len(sources) - 1)
    direction = direction_to_text("to there", rng.standard_normal(space.latent))
    return Recipe(
        sources[rng.choice(len(sources), p=odds)],
        method=str(rng.choice(methods_of(space))),
        locks=[str(name) for name in rng.choice(names, rng.integers(0, 4), replace=False)],
        attributes=amounts(names, 3),
        components=amounts(list(range(1, len(space.components) + 1)), 4),
        dimensions=amounts(list(range(space.latent)), 4),
        directions=amounts([direction], 3),
    )


def test_recipes_are_the_same_codes(run: Run, folder: Path):
    rng = np.random.default_rng(0)
    recipes = [some_recipe(run.space, rng) for _ in range(RECIPES)]
    found = asked_of(run, folder, {"recipes": [r.to_data() for r in recipes]})["codes"]
    kinds = {recipe.source.kind for recipe in recipes}
    assert kinds == {"picture", "mean", "code", "mix"}
    refused, apart = 0, []
    for recipe, code in zip(recipes, found, strict=True):
        try:
            expected = compose(recipe, run.space)
        except LocksError:
            refused += 1
            assert "release one of the locks" in code
            continue
        apart.append(np.abs(np.array(code) - expected).max() / (1 + np.abs(expected).max()))
    assert len(apart) > RECIPES * 0.9
    assert max(apart) < SAME


def test_random_faces_of_the_page_are_those_of_the_app(run: Run, folder: Path):
    recipes = [Recipe(source) for source in random_sources(run.space, 4)]
    asked = {"recipes": [recipe.to_data() for recipe in recipes]}
    found = np.array(asked_of(run, folder, asked)["codes"])
    expected = np.stack([compose(recipe, run.space) for recipe in recipes])
    np.testing.assert_allclose(found, expected, atol=HALVED)


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (Recipe(Source("sample", Sample(99, 0.7))), "only the explorer on a server can draw"),
        (Recipe(Source("picture", "000001.jpg")), "a face of this page's map"),
        (Recipe(Source("code", code_to_text(np.ones(3)))), "found 3"),
        (Recipe(attributes={"Purple": 1}), "found Purple"),
        (Recipe(locks=["Purple"]), "found Purple"),
        (Recipe(components={400: 1}), "components; found 400"),
    ],
)
def test_what_a_page_does_not_hold_is_said(run: Run, folder: Path, recipe: Recipe, said: str):
    with pytest.raises(RecipeError):
        compose(recipe, replace(run.space, flow=None))
    (found,) = asked_of(run, folder, {"recipes": [recipe.to_data()]})["codes"]
    assert said in found


def test_links_are_read_by_both_sides_and_about_as_short(run: Run, folder: Path):
    rng = np.random.default_rng(1)
    recipes = [some_recipe(run.space, rng) for _ in range(60)]
    written = [links.link_text(recipe) for recipe in recipes]
    asked = {"recipes": [r.to_data() for r in recipes], "links": written}
    found = asked_of(run, folder, asked)
    assert [links.recipe_of_link(text) for text in found["links"]] == recipes
    assert [Recipe.from_data(data) for data in found["read"]] == recipes
    longer = [len(a) / len(b) for a, b in zip(found["links"], written, strict=True)]
    assert max(longer) < 1.1
    short = Recipe(Source("picture", str(run.faces.ids[0])), attributes={"Smiling": 1.0})
    (link,) = asked_of(run, folder, {"recipes": [short.to_data()]})["links"]
    assert len(link) < 60


def test_codes_are_the_same_text(run: Run, folder: Path):
    codes = [np.array([0, -0.0, 1e-9, 6e-8, 3e-5, 0.1, 1 / 3, 2049, 2051, 1e4, -70], np.float32)]
    codes += list(np.random.default_rng(2).standard_normal((20, 256)).astype(np.float32))
    found = asked_of(run, folder, {"codes": [code.tolist() for code in codes]})["texts"]
    assert found == [code_to_text(code) for code in codes]


def test_faces_lie_at_the_same_places_and_places_are_the_same_faces(run: Run, folder: Path):
    rng = np.random.default_rng(3)
    recipes = [Recipe(Source("picture", str(run.faces.ids[0])))]
    recipes += [some_recipe(run.space, rng).changed(locks=()) for _ in range(PLACES)]
    points = {
        name: rng.uniform(p.min(0), p.max(0), (PLACES, 2)).round(3)
        for name in LAYOUTS
        for p in [layout(run, name).positions]
    }
    places = [(name, recipe) for name in LAYOUTS for recipe in recipes]
    blends = [(name, point.tolist()) for name in LAYOUTS for point in points[name]]
    asked = {"places": [(name, r.to_data()) for name, r in places], "blends": blends}
    found = asked_of(run, folder, asked)
    for (name, recipe), answer in zip(places, found["places"], strict=True):
        expected = whereabouts(run, name, recipe)
        np.testing.assert_allclose(answer["position"], expected.place.position, atol=0.02)
        assert abs(answer["confidence"] - expected.place.confidence) < 0.01
        assert answer["nearest"][:4] == expected.rows[:4].tolist()
        np.testing.assert_allclose(answer["distances"], expected.distances, rtol=1e-3, atol=1e-3)
    for (name, point), answer in zip(blends, found["blends"], strict=True):
        expected = layout(run, name).blend.at(np.array([point], np.float32))
        np.testing.assert_allclose(answer["code"], expected.codes[0], atol=1e-2)
        assert abs(answer["support"] - expected.support[0]) < 1e-3


def test_the_map_has_the_same_colours(run: Run, folder: Path):
    names = ["Smiling", "score/Male", "error", "slider/components/3", "slider/dimensions/17"]
    names += ["slider/attributes/elected/Eyeglasses", "slider/attributes/balanced/Young"]
    answers = asked_of(run, folder, {"columns": names})["columns"]
    for name, answer in zip(names, answers, strict=True):
        expected = column(run, name)
        assert np.abs(np.array(answer["values"]) - expected.values.astype(int)).max() <= 1, name
        found, told = answer["meaning"], expected.about
        if "range" in told:
            np.testing.assert_allclose(found.pop("range"), told["range"], atol=1e-4)
        assert found == {k: v for k, v in told.items() if k != "range"}


def wording(tick: dict) -> str:
    """Its label; a number in it may be rounded otherwise."""
    return re.sub(r"-?[\d.]+", "#", tick["label"])


def test_sliders_tell_the_same_of_a_face(run: Run, folder: Path):
    rng = np.random.default_rng(4)
    recipes = [some_recipe(run.space, rng) for _ in range(30)]
    answers = asked_of(run, folder, {"about": [r.to_data() for r in recipes]})["about"]
    assert {recipe.method for recipe in recipes} > {"elected", "balanced"}
    for recipe, answer in zip(recipes, answers, strict=True):
        sliders = {"attributes": run.space.vectors, "directions": recipe.amounts["directions"]}
        expected = removed_shares(recipe, run.space, sliders)
        for bank, shares in expected.items():
            assert answer["removed"][bank] == pytest.approx(shares, abs=1e-4)
        for bank, of in slider_ticks(recipe, run).items():
            for name, ticks in of.items():
                found = answer["ticks"][bank][name]
                assert [t["kind"] for t in found] == [t["kind"] for t in ticks], (bank, name)
                at = [t["at"] for t in ticks]
                assert [t["at"] for t in found] == pytest.approx(at, abs=0.011)
                assert [wording(t) for t in found] == [wording(t) for t in ticks]
