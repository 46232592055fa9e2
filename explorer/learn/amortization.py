"""Step 5: how far the encoder's guess is from the best code of a picture, and steps to it."""

from typing import NamedTuple

import numpy as np

from explorer.figures.charts import BLUE, ORANGE, Figure
from explorer.language.text import _
from explorer.learn.model_access import explained
from explorer.run.loaded import Loaded
from training.model.figures import likeness

LIMIT = 40  # steps after which nothing moves that could be seen
SHOWN = 12  # steps in the figure


class Refined(NamedTuple):
    """One picture's code after 0, 1, ... LIMIT steps.

    above: (LIMIT + 1,) float64 nats, what -log p(x|z) / beta + |z|^2 / 2 is above where it ends.
    psnr: (LIMIT + 1,) float64 dB, of the pictures. means: (LIMIT + 1, S, S, 3) float32 in [0, 1],
    of p(x|z).
    """

    above: np.ndarray
    psnr: np.ndarray
    means: np.ndarray


def refined(loaded: Loaded, picture: np.ndarray) -> Refined:
    """picture: (S, S, 3) uint8, of a VAE; the loss is that of training/codes/refine.py."""
    codes = np.concatenate(list(loaded.encoder.refinements(picture[None], LIMIT)))
    found = explained(loaded.model, picture, codes)
    loss = 0.5 * np.square(codes.astype(np.float64)).sum(1)
    loss -= found.log_likelihoods / loaded.run.config.training.beta
    psnr = np.array([float(likeness(picture, mean)) for mean in found.means])
    return Refined(loss - loss.min(), psnr, found.means)


def steps_figure(found: Refined, steps: int) -> Figure:
    """How much is left to gain over the steps, with a mark where `steps` stands."""
    shown = found.above[: SHOWN + 1]
    made = Figure(
        _("What is left to gain over the steps: {shown:,.1f} nats at the guess, "
        "{shown_2:,.1f} after {steps}.").format(shown=shown[0], shown_2=shown[steps], steps=steps),
        240, _("steps from the encoder's guess"), _("nats above the limit"),
    )  # fmt: skip
    made.line(list(range(len(shown))), shown, BLUE, dots=True)
    made.points([steps], [shown[steps]], ORANGE).tell("place")
    return made.limit(x=(0, SHOWN), y=(0, 1.08 * max(float(shown[0]), 1e-3)))
