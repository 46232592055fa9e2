"""Twins: a VAE and its hourglass, the same network trained on the same pictures without a rate.

Either may be the run that is open; the other one is its twin.
"""

import os
from pathlib import Path

import numpy as np

from data.errors import T_
from explorer.run.loaded import Loaded, open_run
from training.run.run_folder import RunError, adopt_command, quoted, read_config

# Kind of a model -> what the page calls it.
NAMES = {"vae": "VAE", "ae": T_("hourglass")}
ENDING = "_ae"  # of the folder of an hourglass beside its VAE


def twin_folder(run: Path) -> Path:
    """The folder that EXPLORER_TWIN names, otherwise the one beside the run that is called like it,
    with or without ENDING.
    """
    if named := os.environ.get("EXPLORER_TWIN"):
        return Path(named)
    vae = run.name.removesuffix(ENDING)
    return run.with_name(vae if vae and vae != run.name else run.name + ENDING)


def kind_of_twin(loaded: Loaded) -> str:
    """ "ae" for a VAE, "vae" for an hourglass."""
    return "vae" if loaded.run.config.model.kind == "ae" else "ae"


def load_twin(loaded: Loaded) -> Loaded:
    """The twin of a run. Raises RunError, with the commands that make one."""
    root, wanted = twin_folder(loaded.run.root), kind_of_twin(loaded)
    expected = T_(
        "the {kind} twin of {run} in {folder}",
        kind=NAMES[wanted],
        run=loaded.run.root.name,
        folder=root,
    )
    adopted = bool(loaded.run.config.model.adopted)
    command = adopt_command(root) if adopted else commands(root, wanted)
    if not root.is_dir():
        raise RunError(expected, T_("no such folder"), command)
    kind = read_config(root).model.kind
    if kind != wanted:
        raise RunError(expected, T_("a run of kind {kind}", kind=kind), command)
    twin = open_run(root)
    strangers = np.setdiff1d(loaded.run.faces.ids, twin.run.faces.ids)
    if len(strangers):
        raise RunError(
            T_("codes of the same validation faces in {run}", run=root),
            T_(
                "{missing:,} of {count:,} faces without one",
                missing=len(strangers),
                count=len(loaded.run.faces),
            ),
            f"python -m training encode {quoted(root)} --data DIR",
        )
    return twin


def of_kind(loaded: Loaded, kind: str) -> Loaded:
    """The run itself where it is of that kind, "vae" or "ae", otherwise its twin.

    Raises RunError as `load_twin` does.
    """
    return load_twin(loaded) if kind_of_twin(loaded) == kind else loaded


def commands(root: Path, kind: str) -> str:
    """What makes a twin of that kind at `root`, one command on a line."""
    return "\n".join(
        [
            f"python -m training fit --data DIR --model {kind} --out {quoted(root)}",
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
