"""The map of another run beside that of the open one, turned so that places compare."""

import hashlib
from dataclasses import replace
from functools import lru_cache

import numpy as np

from explorer.derived.planes import aligned
from explorer.map.layouts import Layout, layout
from explorer.run.run import Run, run_key


def beside_key(twin: Run, run: Run) -> str:
    """Of the twin's map laid onto that of the run: changes whenever a file of either does."""
    return hashlib.sha256(f"{run_key(twin)} {run_key(run)}".encode()).hexdigest()[:16]


@lru_cache(maxsize=8)
def layout_beside(twin: Run, run: Run, name: str) -> Layout:
    """A layout of `twin`, turned, mirrored and moved onto that of `run` by the faces both have.

    Distances stay. New codes are placed by the codes around them. Raises LayoutError for a layout
    that one of the runs does not have, ValueError without faces in common.
    """
    placed, like = layout(twin, name), layout(run, name)
    _, own, theirs = np.intersect1d(twin.faces.ids, run.faces.ids, return_indices=True)
    if len(own) <= like.positions.shape[1]:
        raise ValueError(
            f"expected maps of the same faces; found {len(own)} in both {run.root} and {twin.root}"
        )
    positions = aligned(placed.positions, like.positions[theirs], own)
    return replace(placed, positions=positions, titles=(), plane=None)
