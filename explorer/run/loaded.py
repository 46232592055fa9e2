"""The one loaded run of the process and its model, shared by all sessions and routes."""

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from data.shipped import SHIPPED
from explorer.decoding.decoder import Decoder
from explorer.decoding.encoder import Encoder
from explorer.decoding.renderer import Renderer
from explorer.decoding.shared_model import SharedModel
from explorer.run.run import Run, load_run, run_id

_loading = threading.Lock()  # sessions that come together load once


class Loaded(NamedTuple):
    """A run and what computes with its weights.

    renderer: draws codes. encoder: finds the codes of pictures. model: the networks of both, whose
    calls take turns.
    """

    run: Run
    renderer: Renderer
    encoder: Encoder
    model: SharedModel


def chosen_run() -> Path:
    """The run folder that EXPLORER_RUN names, otherwise the one that ships."""
    return Path(os.environ.get("EXPLORER_RUN") or SHIPPED)


def open_run(root: Path) -> Loaded:
    """The run at `root`, loaded anew when one of its files has changed. Raises RunError."""
    with _loading:
        return _load(root, run_id(root))


@lru_cache(maxsize=2)
def _load(root: Path, _run_id: str) -> Loaded:
    model = SharedModel(root)  # first: damaged weights make every other file look stale
    run = load_run(root)
    return Loaded(run, Decoder(model), Encoder(model, run.config.training.beta), model)
