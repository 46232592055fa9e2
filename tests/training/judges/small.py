"""Judges small enough to train in seconds."""

from training.judges.learning import Recipe
from training.judges.networks import JudgesConfig

SMALL = {"widths": (8, 16), "whole_widths": (8, 16, 16), "features": 8, "whole_features": 8}
TINY = {
    "a": Recipe(JudgesConfig("plain", **SMALL), 1, 0, "oval"),
    "b": Recipe(JudgesConfig("residual", **SMALL), 2, 1, "box"),
}
