"""What was measured of a run's edits, for the sliders."""

from functools import lru_cache

from explorer.editor.promises import Promises
from explorer.judge.edit_figures import EditFigures, load_edit_figures
from explorer.judge.unseen import unseen
from explorer.run.run import Run
from training.run.run_folder import RunError


@lru_cache(maxsize=4)  # by run: a changed file makes another one
def promises_of(run: Run) -> Promises:
    """What the sliders of a run can do by its default method. Where nobody measured it, nothing is
    promised; what cannot be seen is hidden all the same.
    """
    names = list(run.space.vectors)
    found = _figures(run)
    if found is None:
        return Promises({}, frozenset(unseen(names)), "")
    success = {name: found.success(name, run.vectors.default_method) for name in names}
    known = {name: share for name, share in success.items() if share is not None}
    return Promises(known, frozenset({*found.hidden, *unseen(names)}), found.second)


def _figures(run: Run) -> EditFigures | None:
    """A file of other vectors or of an older shape says nothing: the app goes on without it."""
    try:
        return load_edit_figures(run.root, run.vectors)
    except RunError:
        return None
