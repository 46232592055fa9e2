"""What attribute sliders can do, as it was measured: their order, and what is said of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from explorer.recipe.attributes import attribute_name

HIDDEN = "Hardly visible at this size"  # heading that is folded away


class Promises(NamedTuple):
    """success: attribute -> share of faces that have what strength 1 added, or lack what it
    removed, as `judge` says. hidden: attributes that no judge tells at this size, of which nothing
    is claimed.
    """

    success: Mapping[str, float]
    hidden: frozenset[str]
    judge: str


NOTHING = Promises({}, frozenset(), "")


def ordered(sliders: list[dict[str, Any]], promises: Promises) -> list[dict[str, Any]]:
    """Attribute sliders under their headings, those that can do most first; the hidden ones last,
    under a heading of their own. Those that were not measured come after those that were.

    Every one says in its facts what it can do.
    """
    headings = list(dict.fromkeys(slider["group"] for slider in sliders))

    def rank(slider: dict[str, Any]) -> tuple[bool, int, float]:
        hidden = slider["name"] in promises.hidden
        heading = 0 if hidden else headings.index(slider["group"])
        return hidden, heading, -promises.success.get(slider["name"], -1)

    return [_told(slider, promises) for slider in sorted(sliders, key=rank)]


def _told(slider: dict[str, Any], promises: Promises) -> dict[str, Any]:
    name = slider["name"]
    if name in promises.hidden:
        fact = (
            f"{HIDDEN}: no judge tells {attribute_name(name)} in pictures this small, so "
            "nothing is promised."
        )
        return slider | {"group": HIDDEN, "facts": [fact, *slider["facts"]]}
    if (share := promises.success.get(name)) is None:
        return slider
    fact = (
        f"Strength 1, added or removed, was seen in {share:.0%} of the faces that it was tried on, "
        f"as {promises.judge} says."
    )
    return slider | {"facts": [fact, *slider["facts"]]}
