"""The banks of sliders of a recipe: what their sliders are called and what each adds to a code.

A bank is added here and nowhere else: write its class and put one of it into BANKS. Recipes, their
JSON, `compose`, the editor, its ticks and the colours of the map loop over that table.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from explorer.language.text import N_, _
from explorer.recipe.attributes import attribute_name
from explorer.recipe.code_text import direction_from_text
from explorer.recipe.errors import RecipeError
from explorer.recipe.latent_algebra import strength_along
from explorer.recipe.space import (
    LatentSpace,
    attribute_step,
    attribute_vector,
    direction_vector,
)

STEP = 0.05  # of the page's sliders
MOST_DIRECTIONS = 8  # own ones in a recipe, each of which carries its vector
DEAD_BELOW = 0.01  # nats; such a dimension is folded away

Name = str | int  # of a slider, in the recipe's mapping


class Axis(NamedTuple):
    """What a slider adds: an amount a adds a * unit * direction, or as `Bank.step` says.

    name: what errors call it. direction: (D,) float32. unit: 1, or the codes' standard deviation
    along a direction of length 1. removed: share of the direction that locks took, 0 to 1.
    """

    name: str
    direction: np.ndarray
    unit: float = 1.0
    removed: float = 0.0

    def along(self, codes: np.ndarray) -> np.ndarray:
        """The amounts that codes (..., D) hold: (...) float64; NaN where no codes differ along it.

        Adding the amount a adds a.
        """
        if not self.unit:
            return np.full(codes.shape[:-1], np.nan)
        return strength_along(codes, self.direction) / self.unit


class Bank:
    """A bank of sliders; this class is what they have in common, with what most are.

    name: key of its amounts in a recipe and of its data everywhere else. title, about: what the
    editor says of it; short: the title where there is little room, if it is another. limit: the
    farthest amount, either way. kind: type of a slider's name, str or int.
    most: sliders that one recipe may move, None for any number.
    always: in the JSON of a recipe even where no slider is moved. Only of the banks that links of
    the first version have: JSON without a later one goes on to be read.
    in_deviations: amounts count standard deviations of the codes, not strengths.
    by_method: the method of a recipe chooses what its sliders add.
    held: locks change what its sliders add. lockable: its sliders are what locks hold still.
    """

    name: str
    title: str
    short: str = ""
    about: str
    limit: float
    kind: type[str] | type[int] = str
    most: int | None = None
    always = False
    in_deviations = False
    by_method = False
    held = False
    lockable = False

    def names(self, space: LatentSpace) -> Sequence[Name]:
        """Names of the sliders that every session of a run has, in the order shown."""
        raise NotImplementedError

    def check(self, name: Name) -> None:
        """Raises ValueError for a name that no run has a slider of; its type is right."""

    def label(self, name: Name) -> str:
        """The accessible name of a slider."""
        return str(name)

    def group(self, space: LatentSpace, name: Name) -> str:
        """The heading that a slider stands under; empty for none."""
        return ""

    def axis(
        self, space: LatentSpace, name: Name, method: str = "", locks: tuple[str, ...] = ()
    ) -> Axis:
        """What a slider adds. method: needed where `by_method`, locks: change it where `held`.

        Raises RecipeError for a slider that `space` does not have.
        """
        raise NotImplementedError

    def step(
        self,
        space: LatentSpace,
        axis: Axis,
        amount: float,
        method: str,
        locks: tuple[str, ...],
        code: np.ndarray,
    ) -> np.ndarray:
        """What an amount of a slider adds to the face of a code (D,): (D,).

        axis: the slider's. method, locks: of the recipe.
        """
        return amount * axis.unit * axis.direction


class Attributes(Bank):
    """Attribute name -> strength; 1 adds the attribute vector once, or, by a method of CURVE, as
    often as the face needs it.
    """

    name = "attributes"
    title = N_("Attributes")
    short = N_("Attributes")
    about = N_(
        "Strength 1 gives a face the attribute as surely as a typical face has it, at 0.5 it tips; "
        "by methods that count a vector, 1 adds that once."
    )
    limit = 3.0
    always = by_method = held = lockable = True

    def names(self, space: LatentSpace) -> list[str]:
        place = {name: k for k, name in enumerate(space.group_of)}
        return sorted(space.vectors, key=lambda name: place.get(name, len(place)))

    def label(self, name: Name) -> str:
        return attribute_name(str(name))

    def group(self, space: LatentSpace, name: Name) -> str:
        return space.group_of.get(str(name), N_("Others"))

    def axis(
        self, space: LatentSpace, name: Name, method: str = "", locks: tuple[str, ...] = ()
    ) -> Axis:
        vector, removed = attribute_vector(space, str(name), method, locks)
        return Axis(str(name), vector, removed=removed)

    def step(
        self,
        space: LatentSpace,
        axis: Axis,
        amount: float,
        method: str,
        locks: tuple[str, ...],
        code: np.ndarray,
    ) -> np.ndarray:
        return attribute_step(space, axis.name, method, locks, amount, code)


class Components(Bank):
    """Principal component, 1 the widest -> shift in standard deviations along it."""

    name = "components"
    title = N_("Principal components")
    short = N_("Components")
    about = N_("The directions in which codes differ most, widest first, in standard deviations.")
    limit = 4.0
    kind = int
    always = in_deviations = True

    def names(self, space: LatentSpace) -> range:
        return range(1, len(space.components) + 1)

    def label(self, name: Name) -> str:
        return f"PC {name}"

    def axis(
        self, space: LatentSpace, name: Name, method: str = "", locks: tuple[str, ...] = ()
    ) -> Axis:
        if name not in self.names(space):
            raise RecipeError(
                _("expected PC 1 to {most}; found PC {name}").format(
                    most=len(space.components), name=name
                )
            )
        row = int(name) - 1
        return Axis(self.label(name), space.components[row], space.component_spread[row])


class Dimensions(Bank):
    """Latent dimension, counted from 0 -> shift in standard deviations of that dimension."""

    name = "dimensions"
    title = N_("Latent dimensions")
    short = N_("Dimensions")
    about = N_(
        "Single dimensions of z, most informative (KL) first, in standard deviations; each with "
        "the attribute that it goes along with most."
    )
    limit = 4.0
    kind = int
    always = in_deviations = True

    def names(self, space: LatentSpace) -> list[int]:
        return space.dimension_order

    def label(self, name: Name) -> str:
        return f"z {name}"

    def group(self, space: LatentSpace, name: Name) -> str:
        dead = space.kl.any() and space.kl[name] < DEAD_BELOW
        return _("Dead: under {dead_below} nats").format(dead_below=DEAD_BELOW) if dead else ""

    def axis(
        self, space: LatentSpace, name: Name, method: str = "", locks: tuple[str, ...] = ()
    ) -> Axis:
        if name not in range(space.latent):
            raise RecipeError(
                _("expected z 0 to {most}; found z {name}").format(most=space.latent - 1, name=name)
            )
        row = int(name)
        direction = np.zeros(space.latent, np.float32)
        direction[row] = 1
        return Axis(self.label(name), direction, space.spread[row])


class Directions(Bank):
    """Own direction as text, see `direction_to_text` -> strength.

    The text holds the vector, so that a recipe needs nothing but the run.
    """

    name = "directions"
    title = N_("Own directions")
    short = N_("Directions")
    about = N_(
        "Strength 1 leads from the mean of one group of faces to that of another. Locks hold "
        "here, too."
    )
    limit = 3.0
    most = MOST_DIRECTIONS
    held = True

    def names(self, space: LatentSpace) -> tuple[()]:
        return ()

    def check(self, name: Name) -> None:
        direction_from_text(str(name))

    def label(self, name: Name) -> str:
        return direction_from_text(str(name))[0]

    def axis(
        self, space: LatentSpace, name: Name, method: str = "", locks: tuple[str, ...] = ()
    ) -> Axis:
        vector, removed = direction_vector(space, str(name), locks)
        return Axis(self.label(name), vector, removed=removed)


# In the order of the editor's tabs and of a recipe's JSON.
BANKS: dict[str, Bank] = {
    bank.name: bank for bank in (Attributes(), Components(), Dimensions(), Directions())
}
