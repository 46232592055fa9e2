"""What the page draws of a model whose pictures are not 64x64, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.browser import App, running_app, wait_for_face
from explorer.components import module_paths
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded, open_run
from tests.page.seen import expect, face, levels_apart, pane

pytestmark = pytest.mark.browser

WHOLE = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
# A picture put into an atlas of faces and drawn from it at its own size.
THROUGH_AN_ATLAS = """
  async ([module, side, levels]) => {
    const { Atlas } = await import(module);
    const atlas = new Atlas();
    atlas.put("one", new ImageData(64, 64));
    atlas.put("other", new ImageData(new Uint8ClampedArray(levels), side, side));
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    const kept = atlas.draw(pen, "one", 0, 0, side);
    pen.clearRect(0, 0, side, side);
    atlas.draw(pen, "other", 0, 0, side);
    return { kept, side: atlas.side, levels: [...pen.getImageData(0, 0, side, side).data] };
  }
"""


@pytest.fixture(scope="module")
def small(drawn_run_32: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a model of 32x32 pictures."""
    with running_app(tmp_path_factory.mktemp("small") / "app.log", drawn_run_32) as app:
        app.wait()
        yield app


@pytest.fixture(scope="module")
def loaded(drawn_run_32: Path) -> Loaded:
    return open_run(drawn_run_32)


def whole(picture) -> np.ndarray:
    """(S, S, 3) uint8: all of a square canvas."""
    levels = np.array(picture.evaluate(WHOLE), np.uint8)
    side = int(np.sqrt(len(levels) / 4))
    return levels.reshape(side, side, 4)[..., :3]


def test_the_grid_is_filled_with_faces_of_the_models_own_size(visit, small: App, loaded: Loaded):
    page, complaints = visit(small)
    wait_for_face(page)
    assert whole(face(page, "Edited face")).shape == (64, 64, 3)  # shown twice as large
    pane(page, "Grid")
    places = np.linspace(-3, 3, 8).round(2)
    rows = [
        [
            loaded.run.first_recipe.with_amount("attributes", "Smiling", smiling).with_amount(
                "attributes", "Male", male
            )
            for smiling in places
        ]
        for male in places
    ]
    expected = np.concatenate([np.concatenate(drawn(loaded, row), axis=1) for row in rows])
    assert expected.shape == (256, 256, 3)
    grid = face(page, "Grid of faces")
    expect(
        lambda: (seen := whole(grid)).shape == expected.shape and levels_apart(seen, expected) <= 1,
        "eight by eight faces that fill the grid",
    )
    assert complaints == []


def drawn(loaded: Loaded, recipes: list[Recipe]) -> np.ndarray:
    """(B, S, S, 3) uint8: what the decoder draws for recipes."""
    return loaded.renderer.decode(np.stack([compose(r, loaded.run.space) for r in recipes]))


@pytest.mark.parametrize(("side", "kept"), [(32, 32), (128, 128), (256, 128)])
def test_the_map_keeps_faces_as_large_as_they_come_or_as_a_screen_shows_them(
    browser, small: App, side: int, kept: int
):
    page = browser.new_page()
    page.goto(f"{small.url}/_stcore/health")
    (module,) = (path for path in module_paths("face_map") if path.endswith("/face_layer.js"))
    rng = np.random.default_rng(side)
    levels = rng.integers(0, 256, (side, side, 4))
    levels[..., 3] = 255
    found = page.evaluate(THROUGH_AN_ATLAS, [module, side, levels.ravel().tolist()])
    page.close()
    assert found["side"] == kept
    assert not found["kept"]  # a face of another size was another loaded's
    if side == kept:
        assert found["levels"] == levels.ravel().tolist()
