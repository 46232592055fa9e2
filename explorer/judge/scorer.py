"""The scorer service: what the attribute classifier sees in pictures, shared by all sessions."""

import threading
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from data import ATTRIBUTES
from training.compute.device import pick_device
from training.judge.attribute_network import CLASSIFIER, load_classifier

LARGEST_BATCH = 256  # bounds the memory of one call


class Seen(NamedTuple):
    """What the classifier sees in B pictures.

    scores: (B, 40) float32, the probability that a picture is labelled with each of ATTRIBUTES.
    features: (B, F) float32, its last layer but one; faces that look alike to it lie close.
    """

    scores: np.ndarray
    features: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: np.ndarray | slice) -> "Seen":
        """The given rows only."""
        return Seen(self.scores[rows], self.features[rows])


class Scorer:
    """The classifier on one device. Safe to call from many threads; calls take turns.

    name: what files and pages call it. attributes: the 40 names, in the order of the scores.
    """

    name = "the classifier"
    attributes = ATTRIBUTES

    def __init__(self, path: Path = CLASSIFIER, device: str = "auto"):
        """Raises DataError for a missing or damaged file, ValueError for an absent device."""
        self._device = pick_device(device)
        self._network = load_classifier(path, self._device)
        self._turn = threading.Lock()

    def look(self, pictures: np.ndarray) -> Seen:
        """Scores and features of pictures (B, S, S, 3) uint8 RGB; other sizes are resized.

        Raises ValueError for another shape or type.
        """
        if pictures.ndim != 4 or pictures.shape[3] != 3 or pictures.dtype != np.uint8:
            raise ValueError(
                "expected pictures of shape (B, S, S, 3) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        if not len(pictures):
            width = self._network.config.features
            return Seen(
                np.zeros((0, len(ATTRIBUTES)), np.float32), np.zeros((0, width), np.float32)
            )
        x = torch.from_numpy(np.array(pictures))  # a copy: what is given may be read-only
        with self._turn, torch.inference_mode():
            parts = [self._part(part) for part in x.split(LARGEST_BATCH)]
        return Seen(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, 40) float32 in [0, 1]. Raises ValueError as `look` does."""
        return self.look(pictures).scores

    def _part(self, x: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        x = x.to(self._device).permute(0, 3, 1, 2).float() / 255
        side = self._network.config.size
        if x.shape[2:] != (side, side):
            x = functional.interpolate(x, (side, side), mode="bilinear", antialias=True)
        features = self._network.features(x)
        scores = torch.sigmoid(self._network.logits(features))
        return scores.cpu().numpy(), features.cpu().numpy()


@cache
def scorer() -> Scorer:
    """The classifier that ships, loaded once. Raises DataError when it is not there."""
    return Scorer()
