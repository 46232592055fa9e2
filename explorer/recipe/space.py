"""The latent space of one run as arrays, and `compose`: the code of a recipe in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from explorer.recipe.code_text import code_from_text, direction_from_text
from explorer.recipe.locks import hold
from explorer.recipe.recipe import Recipe, RecipeError
from training.codes.mixture import Mixture

LEAST_LEFT = 0.02  # of a vector; locks that leave less leave nothing


class LocksError(RecipeError):
    """Locks leave nothing of a vector that is to be added."""


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """What `compose` needs to know. D latent dimensions, N picture codes.

    ids: (N,) str and codes: (N, D) float32, the posterior means of known pictures.
    vectors: attribute name -> method -> (D,) float32, added once at strength 1. The normal of the
    method "logistic" is also the attribute's readout, which a lock holds still.
    center: (D,) mean and spread: (D,) standard deviation of the codes.
    components: (K, D) unit principal directions, component_spread: (K,) their standard deviations.
    kl: (D,) mean KL of each dimension in nats, 0 for the hourglass.
    mixture: the density that random faces are drawn from.
    """

    ids: np.ndarray
    codes: np.ndarray
    vectors: Mapping[str, Mapping[str, np.ndarray]]
    center: np.ndarray
    spread: np.ndarray
    components: np.ndarray
    component_spread: np.ndarray
    kl: np.ndarray
    mixture: Mixture

    @property
    def latent(self) -> int:
        """D, the number of latent dimensions."""
        return len(self.center)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Picture id -> row of `codes`."""
        return {str(name): row for row, name in enumerate(self.ids)}

    @cached_property
    def dimension_order(self) -> list[int]:
        """Dimensions by what they do: by KL, or by spread where there is no KL, largest first."""
        weight = self.kl if self.kl.any() else self.spread
        return [int(d) for d in np.argsort(-weight, kind="stable")]


@lru_cache(maxsize=4096)  # a recipe is composed for every frame of a drag
def attribute_vector(
    space: LatentSpace, name: str, method: str, locks: tuple[str, ...]
) -> tuple[np.ndarray, float]:
    """What an attribute's slider adds at strength 1, (D,) float32, and the share locks removed.

    An attribute's own slider moves it even when it is locked. Raises RecipeError for an attribute
    without a vector in `space`.
    """
    _check_attribute(space, name)
    return _held(space, space.vectors[name][method], tuple(lock for lock in locks if lock != name))


@lru_cache(maxsize=256)
def direction_vector(
    space: LatentSpace, text: str, locks: tuple[str, ...]
) -> tuple[np.ndarray, float]:
    """What the slider of an own direction adds at strength 1, and the share locks removed.

    Raises RecipeError for a direction of another number of dimensions.
    """
    name, vector = direction_from_text(text)
    if len(vector) != space.latent:
        raise RecipeError(
            f"expected own directions of {space.latent} dimensions, as in this run; found "
            f"{len(vector)} in {name!r}"
        )
    return _held(space, vector, locks)


def _held(
    space: LatentSpace, vector: np.ndarray, locks: tuple[str, ...]
) -> tuple[np.ndarray, float]:
    for lock in locks:
        _check_attribute(space, lock)
    if not locks:
        return vector, 0.0
    readouts = np.stack([space.vectors[lock]["logistic"] for lock in locks])
    left, share = hold(vector, readouts)
    left.setflags(write=False)
    return left, share


def _check_attribute(space: LatentSpace, name: str) -> None:
    if name not in space.vectors:
        raise RecipeError(f"expected an attribute with a vector in this run; found {name!r}")


def compose(recipe: Recipe, space: LatentSpace) -> np.ndarray:
    """The code of a recipe: (D,) float32.

    z = source + sum strength * vector + sum shift * spread * direction. Locks change the vectors
    of attributes and own directions; components and dimensions move as they are. Depends on
    nothing but its arguments. Raises RecipeError for a picture, attribute, component or dimension
    not in `space` and for a code of another number of dimensions, LocksError for an attribute or
    direction of which the locks leave nothing.
    """
    z = _source_code(recipe, space).astype(np.float64)
    for name in recipe.locks:
        _check_attribute(space, name)
    for name, strength in recipe.attributes.items():
        z += strength * _left(name, attribute_vector(space, name, recipe.method, recipe.locks))
    for text, strength in recipe.directions.items():
        name = text.rpartition(":")[0]
        z += strength * _left(name, direction_vector(space, text, recipe.locks))
    for number, shift in recipe.components.items():
        if not 1 <= number <= len(space.components):
            raise RecipeError(f"expected PC 1 to {len(space.components)}; found PC {number}")
        z += shift * space.component_spread[number - 1] * space.components[number - 1]
    for dimension, shift in recipe.dimensions.items():
        if not 0 <= dimension < space.latent:
            raise RecipeError(f"expected z 0 to {space.latent - 1}; found z {dimension}")
        z[dimension] += shift * space.spread[dimension]
    return z.astype(np.float32)


def _left(name: str, held: tuple[np.ndarray, float]) -> np.ndarray:
    vector, removed = held
    if removed > 1 - LEAST_LEFT:
        raise LocksError(
            f"expected locks that leave something of {name}; found {removed:.0%} of it removed; "
            "release one of the locks"
        )
    return vector


def _source_code(recipe: Recipe, space: LatentSpace) -> np.ndarray:
    source = recipe.source
    if source.kind == "mean":
        return space.center
    if source.kind == "seed":
        return space.mixture.sample(source.value)
    if source.kind == "code":
        code = code_from_text(source.value)
        if len(code) != space.latent:
            raise RecipeError(
                f"expected a code of {space.latent} dimensions, as in this run; found {len(code)}"
            )
        return code
    if source.kind == "mix":
        weights = np.array([weight for weight, _ in source.value])
        codes = np.stack([compose(part, space) for _, part in source.value])
        return weights / weights.sum() @ codes
    if source.value not in space.row_of:
        raise RecipeError(f"expected the id of a picture in this run; found {source.value!r}")
    return space.codes[space.row_of[source.value]]
