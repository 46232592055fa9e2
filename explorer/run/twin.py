"""The hourglass twin of a VAE: the same network trained on the same pictures without a rate."""

import os
from pathlib import Path

import numpy as np

from explorer.run.loaded import Loaded, open_run
from training.run.run_folder import RunError, quoted, read_config


def twin_folder(run: Path) -> Path:
    """The folder that EXPLORER_TWIN names, otherwise the one beside the run called like it, _ae."""
    named = os.environ.get("EXPLORER_TWIN")
    return Path(named) if named else run.with_name(f"{run.name}_ae")


def load_twin(loaded: Loaded) -> Loaded:
    """The hourglass twin of a run. Raises RunError, with the commands that make one."""
    root = twin_folder(loaded.run.root)
    expected = f"the hourglass twin of {loaded.run.root.name} in {root}"
    if not root.is_dir():
        raise RunError(expected, "no such folder", commands(root))
    kind = read_config(root).model.kind
    if kind != "ae":
        raise RunError(expected, f"a run of kind {kind}", commands(root))
    twin = open_run(root)
    strangers = np.setdiff1d(loaded.run.faces.ids, twin.run.faces.ids)
    if len(strangers):
        raise RunError(
            f"codes of the same validation faces in {root}",
            f"{len(strangers):,} of {len(loaded.run.faces):,} faces without one",
            f"python -m training encode {quoted(root)} --data DIR",
        )
    return twin


def commands(root: Path) -> str:
    """What makes a twin at `root`, one command on a line."""
    return "\n".join(
        [
            f"python -m training fit --data DIR --model ae --out {quoted(root)}",
            f"python -m training encode {quoted(root)} --data DIR",
            f"python -m training evaluate {quoted(root)} --data DIR",
            f"python -m explorer vectors {quoted(root)}",
            f"python -m explorer map {quoted(root)}",
        ]
    )


def same_faces(loaded: Loaded, twin: Loaded, rows: np.ndarray) -> np.ndarray:
    """Rows of the twin's faces that are the given rows of the model's: (n,) int64."""
    row_of = {str(name): row for row, name in enumerate(twin.run.faces.ids)}
    return np.array([row_of[str(name)] for name in loaded.run.faces.ids[rows]])
