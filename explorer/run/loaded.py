"""The one loaded run of the process and its model, shared by all sessions and routes."""

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from data.shipped import SHIPPED
from explorer.decoding.decoder import Decoder, sharp
from explorer.decoding.encoder import Encoder
from explorer.decoding.renderer import Renderer
from explorer.decoding.shared_model import SharedModel
from explorer.recipe.names import RENDERER_NAMES
from explorer.recipe.recipe import Recipe
from explorer.run.run import Run, load_run, run_id
from training.run.sharp import load_sharp

_loading = threading.Lock()  # sessions that come together load once


class Loaded(NamedTuple):
    """A run and what computes with its weights.

    renderer: draws the mean of p(x|z), as Learn does throughout. encoder: finds the codes of
    pictures. model: the networks of both, whose calls take turns. sharp: draws typical pictures by
    turns with them; None for a run without it.
    """

    run: Run
    renderer: Renderer
    encoder: Encoder
    model: SharedModel
    sharp: Renderer | None = None

    def named(self, renderer: str) -> Renderer:
        """The renderer of a name in RENDERERS; that of the mean where the run has no such one."""
        return self.sharp if renderer == "sharp" and self.sharp else self.renderer

    def renderer_of(self, recipe: Recipe) -> Renderer:
        """What draws the face of a recipe."""
        return self.named(recipe.renderer)

    def told(self, recipe: Recipe) -> str:
        """ "the sharp renderer" or "the mean renderer": what draws the face of a recipe."""
        by_mean = self.renderer_of(recipe) is self.renderer
        return RENDERER_NAMES["mean" if by_mean else "sharp"]


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
    run, drawn = load_run(root), None
    if "sharp" in run.renderers:
        drawn = Decoder(model, sharp(load_sharp(root, model.device).network))
    return Loaded(run, Decoder(model), Encoder(model), model, drawn)
