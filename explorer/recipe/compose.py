"""`compose`: the code of a recipe in the latent space of a run."""

import numpy as np

from explorer.language.text import _
from explorer.recipe.banks import BANKS
from explorer.recipe.code_text import code_from_text
from explorer.recipe.errors import LocksError, RecipeError
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import USUAL, Sample
from explorer.recipe.space import LatentSpace, check_attribute

LEAST_LEFT = 0.02  # of a vector; locks that leave less leave nothing


def compose(recipe: Recipe, space: LatentSpace) -> np.ndarray:
    """The code of a recipe: (D,) float32.

    z = source + the steps of the moved sliders of all banks: amount * unit * direction, or, by a
    method whose strength is an effect, as much of it as the source needs. Each step looks at the
    source alone, so their order does not matter. Locks change the directions of banks that they
    hold; the others move as they are. Depends on nothing but its arguments. Raises RecipeError for
    a picture or slider not in `space`, for a sample where it has no flow and for a code of another
    number of dimensions, LocksError for a slider of which the locks leave nothing.
    """
    source = _source_code(recipe, space)
    z = source.astype(np.float64)
    for lock in recipe.locks:
        check_attribute(space, lock)
    # Sums depend on their order in the last bit: those that locks hold have always come first.
    for bank in sorted(BANKS.values(), key=lambda bank: not bank.held):
        for name, amount in recipe.amounts[bank.name].items():
            axis = bank.axis(space, name, recipe.method, recipe.locks)
            if axis.removed > 1 - LEAST_LEFT:
                raise LocksError(
                    _(
                        "expected locks that leave something of {name}; found "
                        "{removed} of it removed; release one of the locks"
                    ).format(name=axis.name, removed=f"{axis.removed:.0%}")
                )
            z += bank.step(space, axis, amount, recipe.method, recipe.locks, source)
    return z.astype(np.float32)


def _source_code(recipe: Recipe, space: LatentSpace) -> np.ndarray:
    source = recipe.source
    if source.kind == "mean":
        return space.center
    if source.kind == "seed":
        return space.mixture.sample(source.value)
    if source.kind == "sample":
        return space.samples.code(source.value)
    if source.kind == "code":
        code = code_from_text(source.value)
        if len(code) != space.latent:
            raise RecipeError(
                _("expected a code of {latent} dimensions, as in this run; found {code}").format(
                    latent=space.latent, code=len(code)
                )
            )
        return code
    if source.kind == "mix":
        weights = np.array([weight for weight, _unused in source.value])
        codes = np.stack([compose(part, space) for _unused, part in source.value])
        return weights / weights.sum() @ codes
    if source.value not in space.row_of:
        raise RecipeError(
            _("expected the id of a picture in this run; found {value!r}").format(
                value=source.value
            )
        )
    return space.codes[space.row_of[source.value]]


def is_quick(recipe: Recipe, space: LatentSpace) -> bool:
    """Whether `compose` takes no longer than sums do: no code has to be drawn by the flow first."""
    return all(space.samples.known(sample) for sample in samples_of(recipe.source))


def samples_of(source: Source) -> list[Sample]:
    """All that the flow draws for a source, those of the parts of a mix too."""
    if source.kind == "mix":
        return [sample for _unused, recipe in source.value for sample in samples_of(recipe.source)]
    return [source.value] if source.kind == "sample" else []


def random_source(seed: int, space: LatentSpace, temperature: float = USUAL) -> Source:
    """A random face as the page gives one: of the flow where there is one, else of the mixture,
    which has no temperature.
    """
    if space.flow is None:
        return Source("seed", seed)
    return Source("sample", Sample(seed, temperature, labelled=space.flow.together is not None))
