"""Step 4: the decoder as a probability model, and the likelihood of one face as z moves."""

from typing import NamedTuple

import numpy as np

from explorer.figures.charts import Figure, curve
from explorer.language.text import _
from explorer.learn.model_access import explained
from explorer.recipe.latent_algebra import lerp
from explorer.run.loaded import Loaded

PLACES = np.linspace(-0.5, 1.5, 25)  # on the line: 0 is the face's own code, 1 the other one


class Walk(NamedTuple):
    """log p(x|z) along a line of codes.

    places: (P,) on the line. log_likelihoods: (P,) float64 nats.
    """

    places: np.ndarray
    log_likelihoods: np.ndarray


def walk(loaded: Loaded, picture: np.ndarray, start: np.ndarray, end: np.ndarray) -> Walk:
    """How well each code between two, and a little beyond, explains a picture.

    picture: (S, S, 3) uint8. start, end: (D,) codes.
    """
    codes = lerp(start, end, PLACES)
    return Walk(PLACES, explained(loaded.model, picture, codes).log_likelihoods)


def walk_figure(found: Walk, at: float, value: float) -> Figure:
    """The walk as a curve, with a mark where z is: at a place and with a log p(x|z)."""
    about = _("log p(x|z) along the line; at {at:.2f} it is {value:,.0f} nats.").format(
        at=at, value=value
    )
    x, y = _("place on the line"), _("log p(x|z), nats")
    return curve(about, found.places, found.log_likelihoods, at, value, x, y)


def residual(picture: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Where a mean errs, grey where it does not: (S, S, 3) uint8.

    picture: (S, S, 3) uint8. mean: (S, S, 3) float in [0, 1].
    """
    apart = picture / 255 - mean
    return np.clip(128 + 255 * apart, 0, 255).round().astype(np.uint8)
