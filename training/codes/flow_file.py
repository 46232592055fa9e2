"""flow.safetensors: the flow of a run folder, as `python -m training flow` leaves it.

Weights in half precision; the metadata hold the key of the run's weights, the names of the
attributes in the order of the labels, and figures of its making. `together` beside the weights, in
single precision, tells how labels go together; files of before that was known have none.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.codes.flow_sampler import FlowSampler
from training.run.labelled_weights import load_labelled_weights, save_labelled_weights
from training.run.run_folder import FLOW, check_key, no_such_file, quoted, readable, unreadable
from training.run.tensors import BAD_TENSORS

LABELS_TOGETHER = "together"
WHOLE = ("center", "spread", "frequencies", LABELS_TOGETHER)  # kept in single precision


def save_flow(
    run: Path,
    weights: Mapping[str, np.ndarray],
    attributes: Sequence[str],
    key: str,
    figures: Mapping[str, Any],
    together: np.ndarray | None = None,
) -> None:
    """Write flow.safetensors into a run folder.

    weights: of a VelocityNetwork by name. key: of the run's weights whose codes it learned.
    together: (A, A + 1), as in FlowSampler.
    """
    kept = dict(weights) | ({} if together is None else {LABELS_TOGETHER: together})
    save_labelled_weights(run / FLOW, kept, attributes, key, figures, WHOLE)


def load_flow(run: Path) -> FlowSampler:
    """Read flow.safetensors of a run folder.

    Raises RunError when it is missing, damaged or learned the codes of other weights.
    """
    path, command = run / FLOW, f"python -m training flow {quoted(run)}"
    if not path.is_file():
        raise no_such_file(path, command)
    try:
        weights, attributes, key, figures = load_labelled_weights(path)
        together = weights.pop(LABELS_TOGETHER, None)
        made = FlowSampler(weights, attributes, figures, together)
        made.lead(np.zeros((1, made.latent), np.float32), steps=1)  # all that it needs is there
        if together is not None and together.shape != (len(attributes), len(attributes) + 1):
            raise ValueError(f"{LABELS_TOGETHER} of shape {together.shape}")
    except (*BAD_TENSORS, AttributeError) as error:
        raise unreadable(readable(path), path, error, command) from error
    check_key(run, FLOW, key, command)
    return made
