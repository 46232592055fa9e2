"""Where an edited face lies among the faces of the map: on a layout, and in z."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from explorer.map.layouts import layout as find_layout
from explorer.map.nearest import Nearest
from explorer.map.place import Place
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.run import Run

NEIGHBOURS = 8  # real faces that are told


class Whereabouts(NamedTuple):
    """place: on the layout. rows: (k,) int64 of `Run.faces`, the faces nearest in z, nearest first.
    distances: (k,) float32 in z.
    """

    place: Place
    rows: np.ndarray
    distances: np.ndarray


def whereabouts(run: Run, layout: str, recipe: Recipe) -> Whereabouts:
    """Of a recipe's face. Raises RecipeError, LayoutError."""
    code = compose(recipe, run.space)
    return Whereabouts(find_layout(run, layout).place(code), *_codes(run).find(code, NEIGHBOURS))


@lru_cache(maxsize=4)
def _codes(run: Run) -> Nearest:
    return Nearest(run.faces.mean)
