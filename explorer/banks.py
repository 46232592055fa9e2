"""The three banks of sliders of a run, as plain data for the page."""

from functools import lru_cache
from typing import Any

import numpy as np

from explorer.names import attribute_name, slider_name
from explorer.recipe import LIMITS
from explorer.run import Run

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
DEAD = 0.01  # nats; a dimension that carries less is folded away
TOLD = 0.2  # correlation from which a dimension is labelled with an attribute


@lru_cache(maxsize=2)
def banks(run: Run) -> list[dict[str, Any]]:
    """Bank, title, about, limit and sliders (name, label, group, hint) of each bank."""
    return [
        {
            "bank": "attributes",
            "title": "Attributes",
            "about": "Strength 1 leads from the mean face without an attribute to the mean face "
            "with it. What goes together in CelebA goes together here.",
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


def _slider(bank: str, name: str | int, group: str = "", hint: str = "") -> dict[str, Any]:
    return {"name": name, "label": slider_name(bank, name), "group": group, "hint": hint}


def _attribute_sliders(run: Run) -> list[dict[str, Any]]:
    order = list(GROUP_OF)
    names = sorted(run.space.vectors, key=lambda n: order.index(n) if n in GROUP_OF else len(order))
    return [_slider("attributes", name, GROUP_OF.get(name, "Others")) for name in names]


def _dimension_sliders(run: Run) -> list[dict[str, Any]]:
    correlation = correlations(run.faces.mean, run.faces.labels)
    strongest = np.abs(correlation).argmax(1)
    sliders = []
    for dimension in run.space.dimension_order:
        value = correlation[dimension, strongest[dimension]]
        name = attribute_name(str(run.faces.attributes[strongest[dimension]]))
        hint = f"{'+' if value > 0 else '−'} {name}" if abs(value) >= TOLD else ""
        kl = run.space.kl[dimension]
        group = f"Dead: under {DEAD} nats" if run.space.kl.any() and kl < DEAD else ""
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
