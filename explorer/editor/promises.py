"""What attribute sliders can do, as it was measured: their order, and what is said of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from explorer.language.text import N_, _
from explorer.recipe.attributes import attribute_name

FIRST = N_("Work best")  # heading of those that do what they say most often
LEAST_FIRST, MOST_FIRST = 0.8, 10  # success of one of them, and how many stand there
# What people look for goes before what works as well.
WANTED = ["Eyeglasses", "Smiling", "Male", "Young", "Bald", "Bangs", "Mustache", "Wearing_Hat"]
WANTED += ["Blond_Hair", "Gray_Hair"]
HIDDEN = N_("Hardly visible at this size")  # heading of those of which nothing is promised


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
    """Attribute sliders under their headings: first those that work best, under a heading of their
    own, last the hidden ones; under each those that can do most come first, and those that were not
    measured after those that were.

    Every one says in its facts what it can do.
    """
    told = [_told(slider, promises) for slider in sliders]
    success = {slider["name"]: promises.success.get(slider["name"], -1) for slider in sliders}
    sure = [s for s in told if s["group"] != HIDDEN and success[s["name"]] >= LEAST_FIRST]
    best = sorted(sure, key=lambda s: (s["name"] not in WANTED, -success[s["name"]]))
    first = {slider["name"] for slider in best[:MOST_FIRST]}
    told = [s | {"group": FIRST} if s["name"] in first else s for s in told]
    headings = [
        FIRST,
        *dict.fromkeys(s["group"] for s in told if s["group"] not in (FIRST, HIDDEN)),
    ]

    def rank(slider: dict[str, Any]) -> tuple[int, float]:
        return [*headings, HIDDEN].index(slider["group"]), -success[slider["name"]]

    return sorted(told, key=rank)


def folded(sliders: list[dict[str, Any]]) -> list[str]:
    """The headings of ordered sliders that are folded at first: all but those that work best, or
    the hidden ones where nothing is known to work best.
    """
    headings = list(dict.fromkeys(slider["group"] for slider in sliders))
    return [h for h in headings if h == HIDDEN or (FIRST in headings and h != FIRST)]


def _told(slider: dict[str, Any], promises: Promises) -> dict[str, Any]:
    name = slider["name"]
    if name in promises.hidden:
        fact = _(
            "{hidden}: no judge tells {name} in pictures this small, so nothing is promised."
        ).format(hidden=_(HIDDEN), name=attribute_name(name))
        return slider | {"group": HIDDEN, "facts": [fact, *slider["facts"]]}
    if (share := promises.success.get(name)) is None:
        return slider
    fact = _(
        "Strength 1, added or removed, was seen in {share:.0%} of the faces that it was tried on, "
        "as {judge} says."
    ).format(share=share, judge=_(promises.judge))
    return slider | {"facts": [fact, *slider["facts"]]}
