"""The widget: what it shows is a recipe, which a notebook reads and sets."""

from typing import Any

import numpy as np
from traitlets import Dict, TraitError, Unicode, validate

from explorer.language.catalogues import LANGUAGES, SOURCE
from explorer.language.text import speaking
from explorer.recipe.compose import compose, random_source
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe
from explorer.recipe.sample import SEEDS
from explorer.run.loaded import Loaded
from explorer.site.page_data import colours, page_data
from explorer.widget.answers import answer, map_answer
from explorer.widget.bundle import bundle

try:
    import anywidget
except ImportError as error:
    raise ImportError(
        "expected the Python package anywidget for a widget; found none; "
        "next: pip install anywidget"
    ) from error


class FaceWidget(anywidget.AnyWidget):
    """The editor and the map of a run.

    recipe: the face that is shown, as `Recipe.to_data` makes it; setting it shows another one.
    """

    _esm = Unicode().tag(sync=True)
    _page = Dict().tag(sync=True)
    recipe = Dict().tag(sync=True)

    def __init__(self, loaded: Loaded, recipe: Recipe | None = None, language: str = SOURCE):
        """recipe: the first face; that of the page where None. language: of LANGUAGES.

        Raises TraitError for a face that the run cannot show, ValueError for another language.
        """
        if language not in LANGUAGES:
            raise ValueError(f"expected one of {', '.join(LANGUAGES)}; found {language!r}")
        self._loaded, self._language = loaded, language
        shown = recipe or loaded.run.first_recipe
        with speaking(language):
            page = page_data(loaded.run, [], {}) | {"colours": colours()}
        super().__init__(_esm=bundle(language), _page=page, recipe=shown.to_data())
        self.on_msg(self._hear)

    @validate("recipe")
    def _shown(self, proposal: Any) -> dict[str, Any]:
        """Raises TraitError for what this run cannot show."""
        try:
            recipe = Recipe.from_data(dict(proposal["value"]))
            compose(recipe, self._loaded.run.space)
        except RecipeError as error:
            raise TraitError(str(error)) from error
        return recipe.to_data()

    @property
    def code(self) -> np.ndarray:
        """(D,) float32: the code of the face that is shown."""
        return compose(Recipe.from_data(dict(self.recipe)), self._loaded.run.space)

    @property
    def face(self) -> np.ndarray:
        """(S, S, 3) uint8: its picture."""
        shown = Recipe.from_data(dict(self.recipe))
        return self._loaded.renderer_of(shown).decode(self.code[None])[0]

    def _hear(self, _: object, said: Any, _buffers: object) -> None:
        """One question of an output, which waits for its answer."""
        with speaking(self._language):
            told, body = self._answered(said)
        self.send({"view": said["view"], "id": said["id"], **told}, [] if body is None else [body])

    def _answered(self, said: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
        if "ask" in said:
            found = answer(self._loaded, said["ask"])
            return ({}, found) if isinstance(found, bytes) else ({"answer": found}, None)
        if "fetch" in said:
            return map_answer(self._loaded, said["fetch"])
        seed = int(np.random.default_rng().integers(SEEDS))
        return {"source": random_source(seed, self._loaded.run.space).to_data()}, None
