"""Which faces pass conditions on their attributes and ids; conditions as text for addresses.

The text is words: "+Male" has it, "-Young" has it not, "|Goatee |Mustache" has one of these,
"#1826" has this in its id, or one of several such.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from explorer.language.text import _
from training.run.latents import Latents

SIGNS = {"has": "+", "has_any": "|", "has_not": "-", "ids": "#"}


class FilterError(ValueError):
    """A condition that cannot be: says what was expected and what was found."""


@dataclass(frozen=True)
class Conditions:
    """has: all of these attributes. has_any: at least one of these, when there are some. has_not:
    none of these. ids: at least one of these texts is part of the id, when there are some.
    """

    has: tuple[str, ...] = ()
    has_any: tuple[str, ...] = ()
    has_not: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return any(getattr(self, part) for part in SIGNS)

    def to_text(self) -> str:
        """Words, see above; "" when nothing is asked."""
        return " ".join(sign + word for part, sign in SIGNS.items() for word in getattr(self, part))

    @classmethod
    def from_text(cls, text: str) -> "Conditions":
        """Inverse of `to_text`. Raises FilterError."""
        words = text.split()
        for word in words:
            if word[0] not in SIGNS.values() or len(word) == 1:
                raise FilterError(
                    _("expected +Attribute, |Attribute, -Attribute or #id; found {word!r}").format(
                        word=word[:80]
                    )
                )
        return cls(
            **{
                part: tuple(dict.fromkeys(word[1:] for word in words if word[0] == sign))
                for part, sign in SIGNS.items()
            }
        )


def id_words(text: str) -> tuple[str, ...]:
    """What someone typed or pasted, "182638, 182700.jpg" -> the texts to look for in ids."""
    return tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").replace("#", " ").split()))


def passing(faces: Latents, conditions: Conditions) -> np.ndarray:
    """(N,) bool: faces that meet the conditions. Raises FilterError for an unknown attribute."""
    try:
        keep = matching(faces, conditions.has, conditions.has_not)
        if conditions.has_any:
            keep &= np.any([faces.label(name) for name in conditions.has_any], 0)
    except KeyError as error:
        raise FilterError(error.args[0]) from error
    if conditions.ids:
        keep &= np.any([np.char.find(faces.ids, text) >= 0 for text in conditions.ids], 0)
    return keep


def matching(faces: Latents, has: Iterable[str], has_not: Iterable[str]) -> np.ndarray:
    """(N,) bool: faces with every attribute of `has` and none of `has_not`.

    Raises KeyError for an unknown attribute.
    """
    keep = np.ones(len(faces), bool)
    for attribute in has:
        keep &= faces.label(attribute)
    for attribute in has_not:
        keep &= ~faces.label(attribute)
    return keep
