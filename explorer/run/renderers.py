"""Which renderers a run has, and how each is opened."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from explorer.decoding.decoder import Decoder
from explorer.decoding.renderer import Renderer
from explorer.decoding.shared_model import SharedModel
from explorer.recipe.renderers import MEAN_RENDERER, SHARP_RENDERER
from training.run.run_folder import CONFIG, SHARP


class Kind(NamedTuple):
    """file: of the run folder; a run with it has the renderer. open: raises RunError."""

    file: str
    open: Callable[[Path, SharedModel], Renderer]


# As in explorer/recipe/renderers.py; every run draws means. Of those that a run has, a new session
# draws by the last.
KINDS = {
    MEAN_RENDERER: Kind(CONFIG, lambda root, model: Decoder(model)),
    SHARP_RENDERER: Kind(SHARP, lambda root, model: Decoder(model, model.networks.sharp(root))),
}


def renderer_names(root: Path) -> tuple[str, ...]:
    """Those of KINDS whose file a run folder has, whole or not; the mean comes first."""
    return tuple(name for name, kind in KINDS.items() if (root / kind.file).is_file())
