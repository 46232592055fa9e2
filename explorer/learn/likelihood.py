"""Step 4: the decoder as a probability model, and the likelihood of one face as z moves."""

from typing import NamedTuple

import numpy as np

from explorer.latent_algebra import lerp
from explorer.learn.model_access import explained
from explorer.loaded import Loaded

PLACES = np.linspace(-0.5, 1.5, 25)  # on the line: 0 is the face's own code, 1 the other one


class Walk(NamedTuple):
    """log p(x|z) along a line of codes.

    places: (P,) on the line. log_likelihoods: (P,) float64 nats.
    """

    places: np.ndarray
    log_likelihoods: np.ndarray


def walk(model: Loaded, picture: np.ndarray, start: np.ndarray, end: np.ndarray) -> Walk:
    """How well each code between two, and a little beyond, explains a picture.

    picture: (S, S, 3) uint8. start, end: (D,) codes.
    """
    codes = lerp(start, end, PLACES)
    return Walk(PLACES, explained(model.decoder, picture, codes).log_likelihoods)


def residual(picture: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Where a mean errs, grey where it does not: (S, S, 3) uint8.

    picture: (S, S, 3) uint8. mean: (S, S, 3) float in [0, 1].
    """
    apart = picture / 255 - mean
    return np.clip(128 + 255 * apart, 0, 255).round().astype(np.uint8)
