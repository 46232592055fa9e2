"""The renderers that a recipe may name: what draws its code, which stays the same code."""

from typing import NamedTuple


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
        "Mean",
        "The average of all pictures that this code may stand for, blurred but honest.",
        "the mean renderer",
    ),
    SHARP_RENDERER: Words(
        "Sharp",
        "One typical picture of this code; its fine detail is invented.",
        "the sharp renderer",
    ),
}
