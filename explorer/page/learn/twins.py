"""The two models that some steps show side by side."""

from explorer.language.text import _
from explorer.page.learn.parts import say_missing
from explorer.run.loaded import Loaded
from explorer.run.twin import NAMES, kind_of_twin, load_twin
from training.run.run_folder import RunError


def both(loaded: Loaded, without: str) -> dict[str, Loaded]:
    """ "hourglass" and "VAE" -> the model, whichever of them is open; the open one alone where its
    twin is not here, which is said.

    without: what that means for the page, the end of a sentence.
    """
    own, other = NAMES[loaded.run.config.model.kind], NAMES[kind_of_twin(loaded)]
    opened = {own: loaded}
    try:
        opened[other] = load_twin(loaded)
    except RunError as error:
        say_missing(
            error,
            _("The {other} that belongs to this {own} is not here: {without}.").format(
                other=_(other), own=_(own), without=without
            ),
        )
    return {name: opened[name] for name in ("hourglass", "VAE") if name in opened}
