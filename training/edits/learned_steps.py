"""For every face a step of its own towards an attribute, or away from it, in numpy.

    steps = load_steps(run)
    code + steps.step(code, "Eyeglasses", adding=True)          # (D,) float32

training/edits/learn.py trains them, training/edits/steps_file.py keeps them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class LearnedSteps:
    """Steps in D dimensions for V attributes, taken away (0) or added (1).

    weights: of a StepNetwork by name, float32: "center", "spread" (D,) of the codes; "directions"
    (V, 2, D) and "told" (V, 2, H); "first.weight" (H, D), "second.weight" (D, H).
    attributes: (V,) names. figures: of the making.
    """

    weights: Mapping[str, np.ndarray]
    attributes: tuple[str, ...]
    figures: Mapping[str, Any]

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Attribute -> its row."""
        return {name: row for row, name in enumerate(self.attributes)}

    @property
    def latent(self) -> int:
        """D, the number of latent dimensions."""
        return len(self.weights["center"])

    def step(self, code: np.ndarray, name: str, adding: bool) -> np.ndarray:
        """What gives the face of a code (D,) an attribute, or takes it: (D,) float32.

        Raises KeyError for an attribute without steps.
        """
        w, place = self.weights, (self.row_of[name], int(adding))
        seen = w["first.weight"] @ ((code - w["center"]) / w["spread"]) + w["told"][place]
        own = w["second.weight"] @ (seen / (1 + np.exp(-seen)))
        return (w["directions"][place] + w["spread"] * own).astype(np.float32)
