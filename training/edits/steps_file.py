"""steps.safetensors: the learned steps of a run folder, as `python -m training steps` leaves them.

Weights in half precision; the metadata hold the key of the run's weights, the names of the
attributes in the order of the rows, and figures of the making, all as JSON.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.edits.learned_steps import LearnedSteps
from training.run.labelled_weights import load_labelled_weights, save_labelled_weights
from training.run.run_folder import STEPS, check_key, quoted, readable, unreadable
from training.run.tensors import BAD_TENSORS

WHOLE = ("center", "spread")  # kept in single precision


def save_steps(
    run: Path,
    weights: Mapping[str, np.ndarray],
    attributes: Sequence[str],
    key: str,
    figures: Mapping[str, Any],
) -> None:
    """Write steps.safetensors into a run folder. key: of the run's weights."""
    save_labelled_weights(run / STEPS, weights, attributes, key, figures, WHOLE)


def load_steps(run: Path) -> LearnedSteps | None:
    """Read steps.safetensors of a run folder; None where there is none.

    Raises RunError when it is damaged or was made for the codes of other weights.
    """
    path, command = run / STEPS, f"python -m training steps {quoted(run)}"
    if not path.is_file():
        return None
    try:
        weights, attributes, key, figures = load_labelled_weights(path)
        made = LearnedSteps(weights, attributes, figures)
        for name in made.attributes[-1:]:
            if made.step(np.zeros(made.latent, np.float32), name, True).shape != (made.latent,):
                raise ValueError("weights that do not fit together")
    except (*BAD_TENSORS, AttributeError) as error:
        raise unreadable(readable(path), path, error, command) from error
    check_key(run, STEPS, key, command)
    return made
