"""The latent space of one run as arrays, and the vectors in it that locks change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from data.schema import CELEBA
from explorer.language.text import _
from explorer.recipe.code_text import direction_from_text
from explorer.recipe.effects import Effects
from explorer.recipe.errors import RecipeError
from explorer.recipe.locks import hold
from explorer.recipe.methods import CURVE, FITTED
from explorer.recipe.samples import Samples
from training.codes.flow_sampler import FlowSampler
from training.codes.mixture import Mixture


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """What `compose` needs to know. D latent dimensions, N picture codes.

    ids: (N,) str and codes: (N, D) float32, the posterior means of known pictures.
    vectors: attribute name -> method -> (D,) float32, added once at strength 1. The normal of the
    method "logistic" is also the attribute's readout, which a lock holds still.
    center: (D,) mean and spread: (D,) standard deviation of the codes.
    components: (K, D) unit principal directions, component_spread: (K,) their standard deviations.
    kl: (D,) mean KL of each dimension in nats, 0 for the hourglass.
    mixture: the density that random faces are drawn from, those of a source "seed". flow: what
    draws those of a source "sample", None for a run without one.
    effects: what gives the strengths of the methods of CURVE their meaning. Where a run has none,
    or none of an attribute, these methods are the mean difference.
    group_of: attribute -> the heading that its slider stands under, in the order of the page.
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
    flow: FlowSampler | None = None
    effects: Effects | None = None
    group_of: Mapping[str, str] = field(default_factory=lambda: CELEBA.group_of)

    @property
    def latent(self) -> int:
        """D, the number of latent dimensions."""
        return len(self.center)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Picture id -> row of `codes`."""
        return {str(name): row for row, name in enumerate(self.ids)}

    @cached_property
    def samples(self) -> Samples:
        """The codes of the flow, each drawn once."""
        return Samples(self.flow)

    @cached_property
    def dimension_order(self) -> list[int]:
        """Dimensions by what they do: by KL, or by spread where there is no KL, largest first."""
        weight = self.kl if self.kl.any() else self.spread
        return [int(d) for d in np.argsort(-weight, kind="stable")]


def methods_of(space: LatentSpace, *of_curve: str) -> tuple[str, ...]:
    """Methods that mean something here: those that fitted a vector and, where strengths can be
    effects, those of the curve, or these of them.
    """
    return FITTED if space.effects is None else (*FITTED, *(of_curve or CURVE))


def effects_of(space: LatentSpace, name: str, method: str) -> Effects | None:
    """What gives an attribute's strengths their meaning; None where they count a vector."""
    known = method in CURVE and space.effects is not None and name in space.effects.row_of
    return space.effects if known else None


@lru_cache(maxsize=4096)  # a recipe is composed for every frame of a drag
def attribute_vector(
    space: LatentSpace, name: str, method: str, locks: tuple[str, ...]
) -> tuple[np.ndarray, float]:
    """What an attribute's slider adds, (D,) float32, and the share locks removed.

    Strengths count it, or say how many times a face needs it, see `effects_of`. An attribute's own
    slider moves it even when it is locked. Raises RecipeError for an attribute
    without a vector in `space`.
    """
    check_attribute(space, name)
    effects = effects_of(space, name, method)
    if effects is not None:
        vector = effects.vector(name, method)
    else:
        vector = space.vectors[name]["mean_difference" if method in CURVE else method]
    return _held(space, vector, tuple(lock for lock in locks if lock != name))


def attribute_step(
    space: LatentSpace,
    name: str,
    method: str,
    locks: tuple[str, ...],
    strength: float,
    code: np.ndarray,
) -> np.ndarray:
    """What a strength of an attribute adds to the face of a code (D,): (D,).

    As many times the vector that the locks leave as `effects_of` says, else strength times it; of
    some attributes each face has a vector of its own (`Effects.toward`). Raises RecipeError.
    """
    vector, _unused = attribute_vector(space, name, method, locks)
    effects = effects_of(space, name, method)
    if effects is None:
        return strength * vector
    sign = 1 if strength > 0 else -1
    if own := effects.of_face(name, method, sign):
        step = effects.learned(name, sign, code)
        vector, _unused = _held(space, step, tuple(lock for lock in locks if lock != name))
    return effects.times(name, strength, vector, code, own) * vector


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
            _(
                "expected own directions of {latent} dimensions, as in this run; found "
                "{vector} in {name!r}"
            ).format(latent=space.latent, vector=len(vector), name=name)
        )
    return _held(space, vector, locks)


def _held(
    space: LatentSpace, vector: np.ndarray, locks: tuple[str, ...]
) -> tuple[np.ndarray, float]:
    for lock in locks:
        check_attribute(space, lock)
    if not locks:
        return vector, 0.0
    readouts = np.stack([space.vectors[lock]["logistic"] for lock in locks])
    left, share = hold(vector, readouts)
    left.setflags(write=False)
    return left, share


def check_attribute(space: LatentSpace, name: str) -> None:
    """Raises RecipeError for an attribute without a vector in `space`."""
    if name not in space.vectors:
        raise RecipeError(
            _("expected an attribute with a vector in this run; found {name}").format(
                name=repr(name)
            )
        )
