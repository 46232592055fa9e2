"""Weights of a small network that knows attributes, in half precision: the flow, the learned steps.

The metadata of such a file hold the key of the run's weights, the names of the attributes in the
order of the network's rows, and figures of its making, all as JSON but the key.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data.json_text import parse_json
from training.run.tensors import load_tensors, save_tensors


class LabelledWeights(NamedTuple):
    """weights: by name, float32. key: of the run's weights."""

    weights: dict[str, np.ndarray]
    attributes: tuple[str, ...]
    key: str
    figures: dict[str, Any]


def save_labelled_weights(
    path: Path,
    weights: Mapping[str, np.ndarray],
    attributes: Sequence[str],
    key: str,
    figures: Mapping[str, Any],
    whole: Collection[str],
) -> None:
    """Write them. whole: names of those that are kept in single precision."""
    metadata = {
        "weights": key,
        "attributes": json.dumps(list(attributes)),
        "figures": json.dumps(dict(figures), allow_nan=False),
    }
    kept = {
        name: np.ascontiguousarray(values, np.float32 if name in whole else np.float16)
        for name, values in weights.items()
    }
    save_tensors(path, kept, metadata)


def load_labelled_weights(path: Path) -> LabelledWeights:
    """Read them. Raises one of BAD_TENSORS for a file that is missing, damaged or another."""
    tensors, about = load_tensors(path, numpy=True)
    return LabelledWeights(
        {name: values.astype(np.float32) for name, values in tensors.items()},
        tuple(parse_json(about["attributes"])),
        about["weights"],
        parse_json(about["figures"]),
    )
