"""Where in the aligned face an attribute is, so that its judge sees nothing else.

CelebA's faces are aligned by their eyes. In a picture of 64x64 these lie in row 32, the mouth in
row 50, the chin at the lower edge. Rows and columns below are those of such a picture.
"""

from dataclasses import dataclass

import numpy as np

from data import ATTRIBUTES

SIZE = 64  # pixels, side of the pictures that the rows are of
HAIR = "hair"
WHOLE = "whole"  # the place of an attribute that lies everywhere


@dataclass(frozen=True)
class Place:
    """A band of rows across the face, and which attributes are in it.

    rows: the first, and the one after the last. hole: rows and columns in it that are not seen, in
    the same way, as (top, bottom, left, right).
    """

    name: str
    rows: tuple[int, int]
    attributes: tuple[str, ...]
    hole: tuple[int, int, int, int] | None = None

    @property
    def columns(self) -> np.ndarray:
        """Of a table of all attributes: (K,) int64."""
        return np.array([ATTRIBUTES.index(name) for name in self.attributes])


LOCAL = (
    Place(
        "eyes",
        (16, 44),
        ("Arched_Eyebrows", "Bags_Under_Eyes", "Bushy_Eyebrows", "Eyeglasses", "Narrow_Eyes"),
    ),
    Place(
        "cheeks",
        (26, 54),
        ("Big_Nose", "High_Cheekbones", "Pointy_Nose", "Rosy_Cheeks"),
    ),
    Place(
        "mouth",
        (36, 64),
        (
            *("5_o_Clock_Shadow", "Big_Lips", "Double_Chin", "Goatee", "Mouth_Slightly_Open"),
            *("Mustache", "No_Beard", "Smiling", "Wearing_Lipstick"),
        ),
    ),
    Place(
        HAIR,
        (0, 32),
        (
            *("Bald", "Bangs", "Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair"),
            *("Receding_Hairline", "Wearing_Hat"),
        ),
    ),
    Place(
        "sides",  # ears, neck and the hair beside them, without the face
        (20, 64),
        (
            *("Sideburns", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Necklace"),
            "Wearing_Necktie",
        ),
        hole=(20, 56, 20, 44),
    ),
)
EVERYWHERE = Place(WHOLE, (0, SIZE), ATTRIBUTES)
PLACES = (*LOCAL, EVERYWHERE)

PLACE_OF: dict[str, str] = dict.fromkeys(ATTRIBUTES, WHOLE) | {
    attribute: place.name for place in LOCAL for attribute in place.attributes
}
# Of all attributes, those that lie everywhere; and where in the answers of LOCAL and of these each
# of ATTRIBUTES is.
LEFT = [k for k, name in enumerate(ATTRIBUTES) if PLACE_OF[name] == WHOLE]
_ALONG = [name for place in LOCAL for name in place.attributes] + [ATTRIBUTES[k] for k in LEFT]
ORDER = [_ALONG.index(name) for name in ATTRIBUTES]
