"""The latent space of one run as arrays, and `compose`: the code of a recipe in it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.code_text import code_from_text
from explorer.mixture import Mixture
from explorer.recipe import Recipe, RecipeError


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """What `compose` needs to know. D latent dimensions, N picture codes.

    ids: (N,) str and codes: (N, D) float32, the posterior means of known pictures.
    vectors: attribute name -> (D,) float32, added once at strength 1.
    center: (D,) mean and spread: (D,) standard deviation of the codes.
    components: (K, D) unit principal directions, component_spread: (K,) their standard deviations.
    kl: (D,) mean KL of each dimension in nats, 0 for the hourglass.
    mixture: the density that random faces are drawn from.
    """

    ids: np.ndarray
    codes: np.ndarray
    vectors: dict[str, np.ndarray]
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


def compose(recipe: Recipe, space: LatentSpace) -> np.ndarray:
    """The code of a recipe: (D,) float32.

    z = source + sum strength * vector + sum shift * spread * direction. Depends on nothing but its
    arguments. Raises RecipeError for a picture, attribute, component or dimension not in `space`,
    and for a code of another number of dimensions.
    """
    z = _source_code(recipe, space).astype(np.float64)
    for name, strength in recipe.attributes.items():
        if name not in space.vectors:
            raise RecipeError(f"expected an attribute with a vector in this run; found {name!r}")
        z += strength * space.vectors[name]
    for number, shift in recipe.components.items():
        if not 1 <= number <= len(space.components):
            raise RecipeError(f"expected PC 1 to {len(space.components)}; found PC {number}")
        z += shift * space.component_spread[number - 1] * space.components[number - 1]
    for dimension, shift in recipe.dimensions.items():
        if not 0 <= dimension < space.latent:
            raise RecipeError(f"expected z 0 to {space.latent - 1}; found z {dimension}")
        z[dimension] += shift * space.spread[dimension]
    return z.astype(np.float32)


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
