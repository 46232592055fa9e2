"""The one loaded run of the process and its model, shared by all sessions and routes."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from data.boundary import explained
from data.errors import T_, ErrorForPeople
from data.shipped import SHIPPED
from explorer.decoding.encoder import Encoder
from explorer.decoding.near_the_mean import FadingToMean
from explorer.decoding.renderer import Renderer
from explorer.decoding.shared_model import SharedModel
from explorer.language.nouns import speak_of
from explorer.language.text import _
from explorer.recipe.recipe import Recipe
from explorer.recipe.renderers import MEAN_RENDERER, RENDERERS
from explorer.run.renderers import KINDS
from explorer.run.run import Run, load_run, run_id
from training.run.run_folder import RunError, reason

BROKEN_FOR = 30.0  # seconds
MOST_BROKEN = 64

_loading = threading.Lock()  # sessions that come together load once
# Of runs that could not be opened: why (expected, found, next), and until when that holds.
_broken: dict[str, tuple[tuple[str, str, str], float]] = {}


class Loaded(NamedTuple):
    """A run and what computes with its weights.

    renderers: draw codes, in the order of `run.renderers`. encoder: finds the codes of pictures.
    model: that whose codes they are.
    """

    run: Run
    renderers: tuple[Renderer, ...]
    encoder: Encoder
    model: SharedModel

    @property
    def renderer(self) -> Renderer:
        """Draws the means of p(x|z); the one for what is about the VAE, whatever the page shows."""
        return self.renderers[0]

    def named(self, renderer: str) -> Renderer:
        """The renderer of a name of RENDERERS; that of the mean where the run has no such one."""
        known = self.run.renderers
        return self.renderers[known.index(renderer) if renderer in known else 0]

    def renderer_of(self, recipe: Recipe) -> Renderer:
        """What draws the face of a recipe."""
        return self.named(recipe.renderer)

    def name_of(self, recipe: Recipe) -> str:
        """ "sharp", "mean": what draws the face of a recipe."""
        return recipe.renderer if recipe.renderer in self.run.renderers else MEAN_RENDERER

    def told(self, recipe: Recipe) -> str:
        """ "the sharp renderer", "the mean renderer": the same in a sentence."""
        return _(RENDERERS[self.name_of(recipe)].told)


def chosen_run() -> Path:
    """The run folder that EXPLORER_RUN names, otherwise the one that ships."""
    return Path(os.environ.get("EXPLORER_RUN") or SHIPPED)


def open_run(root: Path) -> Loaded:
    """The run at `root`, loaded anew when one of its files has changed. Raises RunError.

    A run that could not be opened is not read again before its files change or BROKEN_FOR is over:
    whoever asks meanwhile learns the same.
    """
    with _loading, as_run_error(root):
        key = run_id(root)
        told, until = _broken.get(key, (None, 0.0))
        if told is not None and time.monotonic() < until:
            raise RunError(*told)
        try:
            with as_run_error(root):
                loaded = _load(root, key)
                schema = loaded.run.schema
                speak_of(schema.one, schema.many, schema.dataset)
                return loaded
        except RunError as error:
            if len(_broken) >= MOST_BROKEN:
                _broken.clear()
            told = (error.expected, error.found, error.next)
            _broken[key] = told, time.monotonic() + BROKEN_FOR
            raise


@contextmanager
def as_run_error(root: Path) -> Iterator[None]:
    """RunError in place of what the system or a library says of a run that cannot be opened."""
    try:
        yield
    except RunError:
        raise
    except (ValueError, OSError, RuntimeError, MemoryError, LookupError, TypeError) as error:
        told = explained(error)
        if isinstance(told, ErrorForPeople):
            raise RunError(told.expected, told.found, told.next) from error
        raise RunError(
            T_("a run that can be opened at {run}", run=root),
            f"{type(error).__name__}: {reason(error)}",
            T_("copy the run again from where it is whole, or make its files anew"),
        ) from error


@lru_cache(maxsize=2)
def _load(root: Path, _run_id: str) -> Loaded:
    model = SharedModel(root)  # first: damaged weights make every other file look stale
    run = load_run(root)
    mean, *others = (KINDS[name].open(root, model) for name in run.renderers)
    space = run.space
    fading = [FadingToMean(other, mean, space.center, space.spread) for other in others]
    return Loaded(run, (mean, *fading), Encoder(model, run.config.training.beta), model)
