"""The renderers that a recipe may name: what draws its code, which stays the same code."""

from typing import NamedTuple

from explorer.language.text import N_


class Words(NamedTuple):
    """What the page says of a renderer.

    label: on its part of the switch. hint: what that does. told: the renderer in a sentence.
    """

    label: str
    hint: str
    told: str


MEAN_RENDERER = "mean"  # which every run has; recipes that name no renderer mean it
SHARP_RENDERER = "sharp"
RENDERERS = {
    MEAN_RENDERER: Words(
        N_("Mean"),
        N_("The average of all pictures that this code may stand for, blurred but honest."),
        N_("the mean renderer"),
    ),
    SHARP_RENDERER: Words(
        N_("Sharp"),
        N_("One typical picture of this code; its fine detail is invented."),
        N_("the sharp renderer"),
    ),
}
