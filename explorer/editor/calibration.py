"""Where a face lies between those without and those with an attribute, which amount of its slider
leads to either, and what locks take of a slider.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from explorer.derived.vectors import Vectors
from explorer.recipe.banks import BANKS, Name
from explorer.recipe.compose import LEAST_LEFT, compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.latent_algebra import strength_along
from explorer.recipe.methods import FITTED
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace, attribute_vector, check_attribute, effects_of


class Typical(NamedTuple):
    """own: 0 where the face is as those without the attribute are on average, 1 where it is as
    those with it are; by a method whose strength is an effect, the score that its judge gives.
    without, having: amounts of the slider that set it to either. tips: the amount at which the
    score is 0.5, None where strengths count a vector.
    """

    own: float
    without: float
    having: float
    tips: float | None = None


def own_value(code: np.ndarray, vectors: Vectors, name: str, method: str) -> float:
    """Where a code (D,) lies along an attribute's vector: 0 typical without, 1 typical with it.

    method: of FITTED. NaN where the class means do not lie apart along it.
    """
    row, column = FITTED.index(method), vectors.row_of[name]
    without, having = vectors.along_mean[row, column].astype(np.float64)
    if not having > without:
        return np.nan
    along = strength_along(code, vectors.vectors[row, column])
    return float((along - without) / (having - without))


def typical(recipe: Recipe, space: LatentSpace, vectors: Vectors) -> dict[str, Typical]:
    """Attribute -> `Typical` of the recipe's source, for its method and locks; edits do not matter.

    Attributes of which the locks leave nothing are missing, and all of them when this run cannot
    show the source or does not know a lock.
    """
    try:
        code = compose(recipe.unedited(), space)
        by_name = {}
        fitted = recipe.method if recipe.method in FITTED else FITTED[0]
        for name in vectors.row_of:
            _, removed = attribute_vector(space, name, recipe.method, recipe.locks)
            reach = 1 - removed  # of the vector's length: what is left is its projection
            effects = effects_of(space, name, recipe.method)
            if effects is not None and reach >= LEAST_LEFT:
                score = effects.score(name, code)
                by_name[name] = Typical(score, -1, 1, -0.5 if score >= 0.5 else 0.5)
                continue
            own = own_value(code, vectors, name, fitted)
            if np.isfinite(own) and reach >= LEAST_LEFT:
                row, column = FITTED.index(fitted), vectors.row_of[name]
                apart = float(np.diff(vectors.along_mean[row, column])[0])
                by_name[name] = Typical(own, -own * apart / reach, (1 - own) * apart / reach)
        return by_name
    except RecipeError:
        return {}


def removed_shares(
    recipe: Recipe, space: LatentSpace, sliders: Mapping[str, Iterable[Name]]
) -> dict[str, dict[Name, float]]:
    """Bank -> slider -> share of its vector that the recipe's locks remove, where there is any.

    sliders: bank -> names, of those that are shown. Nothing for locks that this run does not know;
    sliders that it does not have, such as directions of other models, are missing.
    """
    try:
        for lock in recipe.locks:
            check_attribute(space, lock)
    except RecipeError:
        return {}
    shares = {}
    for bank in BANKS.values():
        if bank.held and bank.name in sliders:
            found = {}
            for name in sliders[bank.name]:
                with suppress(RecipeError):
                    found[name] = bank.axis(space, name, recipe.method, recipe.locks).removed
            shares[bank.name] = {name: share for name, share in found.items() if share > 0}
    return shares
