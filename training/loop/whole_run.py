"""A whole run folder by one command: each stage is one of the others, run after the one before.

The last stages belong to the explorer, which training must not import; as commands they are run
just the same. What is there already, of the weights in the folder, is not made again.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from data.json_text import read_json
from training.compute.processes import STARTED
from training.run.files import read_npz
from training.run.run_folder import (
    CONFIG,
    LATENTS,
    MAP,
    REPORT,
    SECOND_STAGE,
    VECTORS,
    WEIGHTS,
    weights_key,
)
from training.run.tensors import BAD_TENSORS, load_tensors

ROOT = Path(__file__).parents[2]  # where the modules of a stage are found, whatever the folder


class Stage(NamedTuple):
    """words: of `python -m`. makes: the file of the run folder that is there when it is done."""

    words: tuple[str, ...]
    makes: str

    @property
    def name(self) -> str:
        return self.words[1]


def stages(
    run: Path, data: Path, device: str, fit: Sequence[str], evaluate: Sequence[str] = ()
) -> list[Stage]:
    """What makes a run folder at `run`, in this order.

    data: the prepared folder. fit: more options of `fit`, of which --resume is none: a run that was
    begun is continued. evaluate: more options of it.
    """
    computed = ("--device", device)
    source = ("--data", str(data), *computed)
    begun = ("--resume",) if (run / CONFIG).is_file() else ()
    return [
        Stage(("training", "fit", *source, "--out", str(run), *fit, *begun), WEIGHTS),
        Stage(("training", "encode", str(run), *source), LATENTS),
        Stage(("training", "sampler", str(run), *computed), SECOND_STAGE),  # evaluate judges it
        Stage(("training", "evaluate", str(run), *source, *evaluate), REPORT),
        Stage(("explorer", "vectors", str(run)), VECTORS),
        Stage(("explorer", "map", str(run)), MAP),
    ]


def make_whole_run(run: Path, todo: Sequence[Stage], say: Callable[[str], None]) -> int:
    """Run the stages that are still to do; the exit code of the first that fails, or 0.

    `fit` decides by itself what is left of it. Once a stage has made its file, those after it are
    run anew. say: called with a line for people.
    """
    took: list[str] = []
    anew = False
    for number, stage in enumerate(todo, 1):
        title = f"{number} of {len(todo)}: {stage.name}"
        before = _written(run / stage.makes)
        if stage.makes != WEIGHTS and not anew and made_of(run / stage.makes) == weights_key(run):
            say(f"{title}, done before")
            continue
        say(title)
        started = time.monotonic()
        if code := _call(stage.words):
            say(
                f"stopped in {stage.name}; what is done stays: the same command continues"
                if code == 130
                else f"{stage.name} failed: python -m {shlex.join(stage.words)}"
            )
            return code
        took.append(f"{stage.name} {_told(time.monotonic() - started)}")
        anew = anew or _written(run / stage.makes) != before
    say(", ".join(took))
    return 0


def made_of(path: Path) -> str:
    """Key of the weights that a file of a run folder was made of; "" where none is whole."""
    try:
        if path.suffix == ".npz":
            return str(read_npz(path)["weights"])
        if path.suffix == ".json":
            return str(read_json(path)["weights"])
        return load_tensors(path).about["weights"]
    except (*BAD_TENSORS, OSError, ValueError, KeyError, TypeError, EOFError, MemoryError):
        return ""  # whatever is wrong with it, it is made anew


def _written(path: Path) -> float | None:
    return path.stat().st_mtime_ns if path.is_file() else None


def _call(words: Sequence[str]) -> int:
    """Run `python -m WORDS` until it ends; it ends with this process, and a stop stops both."""
    command = [sys.executable, "-m", *words]
    found_at = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {STARTED: "1", "PYTHONPATH": found_at}
    child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)
    try:
        return child.wait()
    except KeyboardInterrupt:  # the terminal told it, too
        child.wait()
        return 130
    finally:
        assert child.stdin is not None  # asked for above
        child.stdin.close()


def _told(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
