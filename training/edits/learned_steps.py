"""steps.safetensors: for every face a step of its own towards an attribute, or away from it.

    steps = load_steps(run)
    code + steps.step(code, "Eyeglasses", adding=True)          # (D,) float32

training/edits/learn.py trains them; this is numpy. Weights in half precision; the metadata hold the
key of the run's weights, the names of the attributes, and figures of the making, all as JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from data.json_text import parse_json
from training.run.files import write_atomically
from training.run.run_folder import STEPS, RunError, check_key, reason

WHOLE = ("center", "spread")  # kept in single precision


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


def save_steps(
    run: Path,
    weights: Mapping[str, np.ndarray],
    attributes: Sequence[str],
    key: str,
    figures: Mapping[str, Any],
) -> None:
    """Write steps.safetensors into a run folder. key: of the run's weights."""
    metadata = {
        "weights": key,
        "attributes": json.dumps(list(attributes)),
        "figures": json.dumps(dict(figures), allow_nan=False),
    }
    kept = {
        name: np.ascontiguousarray(values, np.float32 if name in WHOLE else np.float16)
        for name, values in weights.items()
    }
    content = save(kept, metadata=metadata)
    write_atomically(run / STEPS, lambda temporary: temporary.write_bytes(content))


def load_steps(run: Path) -> LearnedSteps | None:
    """Read steps.safetensors of a run folder; None where there is none.

    Raises RunError when it is damaged or was made for the codes of other weights.
    """
    path, command = run / STEPS, f"python -m training steps {run}"
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            weights = {k: file.get_tensor(k).astype(np.float32) for k in file.keys()}  # noqa: SIM118
        key = about["weights"]
        names, figures = parse_json(about["attributes"]), parse_json(about["figures"])
        made = LearnedSteps(weights, tuple(names), figures)
        for name in made.attributes[-1:]:
            if made.step(np.zeros(made.latent, np.float32), name, True).shape != (made.latent,):
                raise ValueError("weights that do not fit together")
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"a readable {path}", reason(error), command) from error
    check_key(run, STEPS, key, command)
    return made
