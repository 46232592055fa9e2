"""Step 10: one code drawn in several ways, and what each way keeps of the picture."""

from typing import Any, NamedTuple

import numpy as np

from explorer.language.text import N_
from explorer.learn.distributions import as_levels, sample_picture
from explorer.learn.model_access import batch_of, distribution, means
from explorer.recipe.renderers import SHARP_RENDERER
from explorer.run.loaded import Loaded
from explorer.run.measured import measured
from training.judge.sharpness import sharpness
from training.model.figures import likeness

SEED = 0  # of the noise in a sample of p(x|z)


class Kept(NamedTuple):
    """What a drawing keeps of its picture. psnr: dB. sharpness: as a share of the picture's."""

    psnr: float
    sharpness: float


def drawn_ways(loaded: Loaded, code: np.ndarray) -> dict[str, np.ndarray]:
    """A code (D,) as the mean, as a sample of p(x|z) and, where the run can, sharp.

    Each way by its name: (S, S, 3) uint8.
    """
    ways = {
        N_("the mean of p(x|z)"): as_levels(means(loaded.model, code[None])[0]),
        N_("a sample of p(x|z)"): sample_picture(distribution(loaded.model, code), SEED),
    }
    if SHARP_RENDERER in loaded.run.renderers:
        ways[N_("sharp")] = loaded.named(SHARP_RENDERER).decode(code[None])[0]
    return ways


def kept(picture: np.ndarray, drawn: np.ndarray) -> Kept:
    """Both (S, S, 3) uint8; the picture a real one with some detail."""
    return Kept(float(likeness(picture, drawn)), _detail(drawn) / _detail(picture))


def table(report: dict[str, Any]) -> list[dict[str, str]]:
    """A row for each renderer: what a report tells of all validation pictures."""
    return [
        {
            N_("drawn"): name,
            N_("PSNR, dB"): f"{found.psnr:.2f}",
            N_("sharpness"): "" if found.sharpness is None else f"{found.sharpness:.2f}",
            N_("Fréchet distance"): ""
            if found.reconstructions is None
            else f"{found.reconstructions:.2f}",
        }
        for name, found in measured(report).items()
    ]


def _detail(picture: np.ndarray) -> float:
    return float(sharpness(batch_of(picture))[0])
