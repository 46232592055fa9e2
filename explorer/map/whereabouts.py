"""Where an edited face lies among the faces of the map: on a layout, and in z."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from explorer.language.text import _
from explorer.map.beside import layout_beside
from explorer.map.layouts import layout as find_layout
from explorer.map.nearest import Nearest
from explorer.map.place import Place
from explorer.recipe.banks import BANKS
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace, methods_of
from explorer.run.run import Run

NEIGHBOURS = 8  # real faces that are told


class Whereabouts(NamedTuple):
    """place: on the layout. rows: (k,) int64 of `Run.faces`, the faces nearest in z, nearest first.
    distances: (k,) float32 in z.
    """

    place: Place
    rows: np.ndarray
    distances: np.ndarray


def whereabouts(run: Run, layout: str, recipe: Recipe, beside: Run | None = None) -> Whereabouts:
    """Of a recipe's face. Raises RecipeError, LayoutError.

    beside: the open run, where `run` is its twin, whose map is laid onto that of the open one.
    """
    found = layout_beside(run, beside, layout) if beside else find_layout(run, layout)
    code = compose(of_twin(recipe, run.space) if beside else recipe, run.space)
    return Whereabouts(found.place(code), *_codes(run).find(code, NEIGHBOURS))


def of_twin(recipe: Recipe, twin: LatentSpace) -> Recipe:
    """The recipe as the twin understands it, by a method that it has. Raises RecipeError.

    A picture, the mean and attributes mean the same in both; seeds, codes and directions in the
    space of codes do not.
    """
    if recipe.source.kind not in ("picture", "mean"):
        raise RecipeError(
            _("expected a face of a picture on the twin's map; found {kind}").format(
                kind=recipe.source.kind
            )
        )
    foreign = [bank for bank in BANKS if bank != "attributes" and recipe.amounts[bank]]
    if foreign:
        raise RecipeError(
            _("expected edits of attributes on the twin's map; found {bank}").format(
                bank=_(BANKS[foreign[0]].title)
            )
        )
    methods = methods_of(twin)
    return recipe if recipe.method in methods else recipe.changed(method=methods[-1])


@lru_cache(maxsize=4)
def _codes(run: Run) -> Nearest:
    return Nearest(run.faces.mean)
