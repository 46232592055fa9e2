"""The banks of sliders of a run, as plain data for the page."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.editor.attribute_facts import attribute_facts
from explorer.recipe.directions import Direction, direction_facts
from explorer.recipe.names import attribute_name, slider_name
from explorer.recipe.recipe import LIMITS, Recipe
from explorer.run.run import Run

GROUPS = {
    "Hair": "Bald Bangs Black_Hair Blond_Hair Brown_Hair Gray_Hair Receding_Hairline "
    "Straight_Hair Wavy_Hair",
    "Eyes": "Arched_Eyebrows Bags_Under_Eyes Bushy_Eyebrows Narrow_Eyes",
    "Mouth and beard": "5_o_Clock_Shadow Big_Lips Goatee Mouth_Slightly_Open Mustache No_Beard "
    "Sideburns Smiling",
    "Shape and skin": "Big_Nose Chubby Double_Chin High_Cheekbones Oval_Face Pale_Skin "
    "Pointy_Nose Rosy_Cheeks",
    "Accessories": "Eyeglasses Heavy_Makeup Wearing_Earrings Wearing_Hat Wearing_Lipstick "
    "Wearing_Necklace Wearing_Necktie",
    "The whole": "Attractive Blurry Male Young",
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names.split()}
DEAD_BELOW = 0.01  # nats; a dimension that carries less is folded away
LEAST_CORRELATION = 0.2  # correlation from which a dimension is labelled with an attribute


@lru_cache(maxsize=2)
def banks(run: Run) -> list[dict[str, Any]]:
    """Bank, title, about, limit and sliders of the three banks that every run has.

    A slider has name, label, group, hint and facts, lines about it.
    """
    return [
        {
            "bank": "attributes",
            "title": "Attributes",
            "about": "Strength 1 leads from a typical face without an attribute to one with it.",
            "limit": LIMITS["attributes"],
            "sliders": _attribute_sliders(run),
        },
        {
            "bank": "components",
            "title": "Principal components",
            "about": "The directions in which codes differ most, widest first, in standard "
            "deviations.",
            "limit": LIMITS["components"],
            "sliders": [
                _slider("components", number) for number in range(1, len(run.space.components) + 1)
            ],
        },
        {
            "bank": "dimensions",
            "title": "Latent dimensions",
            "about": "Single dimensions of z, most informative (KL) first, in standard deviations; "
            "each with the attribute that it goes along with most.",
            "limit": LIMITS["dimensions"],
            "sliders": _dimension_sliders(run),
        },
    ]


def own_bank(directions: Iterable[Direction], recipe: Recipe) -> list[dict[str, Any]]:
    """The bank of own directions as a list of one; empty without any.

    It has sliders of the given directions, then of those that only the recipe holds.
    """
    facts = {d.text: direction_facts(d) for d in directions}
    linked = ["From a recipe or a link; which faces made it is not known here."]
    facts |= {text: linked for text in recipe.directions if text not in facts}
    if not facts:
        return []
    return [
        {
            "bank": "directions",
            "title": "Own directions",
            "about": "Strength 1 leads from the mean of one group of faces to that of another. "
            "Locks hold here, too.",
            "limit": LIMITS["directions"],
            "sliders": [_slider("directions", t, facts=lines) for t, lines in facts.items()],
        }
    ]


def _slider(
    bank: str, name: str | int, group: str = "", hint: str = "", facts: Sequence[str] = ()
) -> dict[str, Any]:
    label = slider_name(bank, name)
    return {"name": name, "label": label, "group": group, "hint": hint, "facts": list(facts)}


def _attribute_sliders(run: Run) -> list[dict[str, Any]]:
    order = list(GROUP_OF)
    names = sorted(run.space.vectors, key=lambda n: order.index(n) if n in GROUP_OF else len(order))
    return [
        _slider(
            "attributes",
            name,
            GROUP_OF.get(name, "Others"),
            facts=attribute_facts(run.vectors, name),
        )
        for name in names
    ]


def _dimension_sliders(run: Run) -> list[dict[str, Any]]:
    correlation = correlations(run.faces.mean, run.faces.labels)
    strongest = np.abs(correlation).argmax(1)
    sliders = []
    for dimension in run.space.dimension_order:
        value = correlation[dimension, strongest[dimension]]
        name = attribute_name(str(run.faces.attributes[strongest[dimension]]))
        hint = f"{'+' if value > 0 else '−'} {name}" if abs(value) >= LEAST_CORRELATION else ""
        kl = run.space.kl[dimension]
        group = f"Dead: under {DEAD_BELOW} nats" if run.space.kl.any() and kl < DEAD_BELOW else ""
        sliders.append(_slider("dimensions", dimension, group, hint))
    return sliders


def correlations(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pearson correlation of each dimension with each label: (D, A), 0 where one is constant.

    codes: (N, D), labels: (N, A) bool.
    """

    def standardised(values: np.ndarray) -> np.ndarray:
        values = values - values.mean(0)
        spread = values.std(0)
        return values / np.where(spread > 0, spread, 1)

    return standardised(codes).T @ standardised(labels.astype(np.float32)) / len(codes)
