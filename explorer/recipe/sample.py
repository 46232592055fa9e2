"""A random face of the flow, as plain data: a seed, a temperature and what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from explorer.language.text import _
from explorer.recipe.errors import RecipeError

SEEDS = 2**32  # a seed is a whole number below
WARMEST = 2.0  # temperature
# Of random faces on the page: with less noise more of them are people, and fewer kinds of people.
USUAL = 0.7
MOST_ASKED = 40  # attributes


@dataclass(frozen=True, init=False)
class Sample:
    """What training/codes/flow_sampler.py draws one code from.

    seed: a whole number from 0 to 2^32 - 1. temperature: 0 to WARMEST. having, lacking: names of
    attributes that the face is to have and not to have, sorted, none of them in both. labelled:
    whether a whole set of labels is drawn first, of a face of which nothing is asked; random faces
    of before flows could do that have none.
    """

    seed: int
    temperature: float
    having: tuple[str, ...]
    lacking: tuple[str, ...]
    labelled: bool

    def __init__(
        self,
        seed: int,
        temperature: float = 1.0,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        labelled: bool = False,
    ):
        """Raises RecipeError."""
        if type(seed) is not int or not 0 <= seed < SEEDS:
            raise RecipeError(
                _("expected a seed from 0 to 2^32 - 1; found {seed}").format(seed=f"{seed!r:.80}")
            )
        # NaN is not within either.
        if type(temperature) not in (int, float) or not 0 <= temperature <= WARMEST:
            raise RecipeError(
                _("expected a temperature from 0 to {most:g}; found {temperature!r:.80}").format(
                    most=WARMEST, temperature=temperature
                )
            )
        for names in (having, lacking):
            if not isinstance(names, tuple | list) or not all(type(name) is str for name in names):
                raise RecipeError(
                    _("expected a list of attributes; found {names!r:.80}").format(names=names)
                )
        asked = {"having": tuple(sorted(set(having))), "lacking": tuple(sorted(set(lacking)))}
        if both := set(having) & set(lacking):
            raise RecipeError(
                _("expected a face with or without {name:.40}; found both asked for").format(
                    name=min(both)
                )
            )
        if len(having) + len(lacking) > MOST_ASKED:
            raise RecipeError(
                _("expected at most {most} attributes asked for; found {count}").format(
                    most=MOST_ASKED, count=len(having) + len(lacking)
                )
            )
        if type(labelled) is not bool:
            raise RecipeError(
                _("expected labelled to be true or false; found {labelled!r:.80}").format(
                    labelled=labelled
                )
            )
        free = {"labelled": labelled and not (having or lacking)}
        values = {"seed": seed, "temperature": float(temperature)} | asked | free
        for field, value in values.items():
            object.__setattr__(self, field, value)

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data; what is as in `Sample(seed)` is left out."""
        data: dict[str, Any] = {"seed": self.seed}
        if self.temperature != 1:
            data["temperature"] = self.temperature
        asked = {"having": list(self.having), "lacking": list(self.lacking)}
        free = {"labelled": True} if self.labelled else {}
        return data | {name: names for name, names in asked.items() if names} | free
