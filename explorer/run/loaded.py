"""The one loaded run of the process and its decoder, shared by all sessions and routes."""

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from data.shipped import SHIPPED
from explorer.decoding.decoder import Decoder
from explorer.run.run import Run, load_run, run_id

_loading = threading.Lock()  # sessions that come together load once


class Loaded(NamedTuple):
    """A run and the decoder of its weights."""

    run: Run
    decoder: Decoder


def chosen_run() -> Path:
    """The run folder that EXPLORER_RUN names, otherwise the one that ships."""
    return Path(os.environ.get("EXPLORER_RUN") or SHIPPED)


def loaded(root: Path) -> Loaded:
    """The run at `root`, loaded anew when one of its files has changed. Raises RunError."""
    with _loading:
        return _load(root, run_id(root))


@lru_cache(maxsize=2)
def _load(root: Path, _run_id: str) -> Loaded:
    decoder = Decoder(root)  # first: damaged weights make every other file look stale
    return Loaded(load_run(root), decoder)
