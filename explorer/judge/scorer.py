"""Networks that look at pictures, shared by all sessions: the attribute classifier and judges."""

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from data import ATTRIBUTES
from explorer.language.text import N_
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


class Sight:
    """A network of pictures on one device. Safe to call from many threads; calls take turns."""

    def __init__(self, network: nn.Module, side: int, device: torch.device):
        """network: in eval mode, on the device. side: of the pictures that it takes."""
        self._network, self._side, self._device = network, side, device
        self._turn = threading.Lock()

    def of(
        self, pictures: np.ndarray, say: Callable[[Tensor], tuple[Tensor, ...]]
    ) -> list[np.ndarray]:
        """What a function of the network says of pictures (B, S, S, 3) uint8 RGB: (B, ...) float32
        each. It is given (b, 3, side, side) in [0, 1]; other sizes are resized.

        Raises ValueError for another shape or type.
        """
        if pictures.ndim != 4 or pictures.shape[3] != 3 or pictures.dtype != np.uint8:
            raise ValueError(
                "expected pictures of shape (B, S, S, 3) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        # Of no picture the shape of the answer is that of one.
        x = torch.from_numpy(np.array(pictures) if len(pictures) else np.zeros((1, 8, 8, 3), "u1"))
        with self._turn, torch.inference_mode():
            parts = [self._part(part, say) for part in x.split(LARGEST_BATCH)]
        return [np.concatenate(arrays)[: len(pictures)] for arrays in zip(*parts, strict=True)]

    def _part(self, x: Tensor, say: Callable[[Tensor], tuple[Tensor, ...]]) -> list[np.ndarray]:
        x = x.to(self._device).permute(0, 3, 1, 2).float() / 255
        if x.shape[2:] != (self._side, self._side):
            x = functional.interpolate(x, (self._side, self._side), mode="bilinear", antialias=True)
        return [each.float().cpu().numpy() for each in say(x)]


class Scorer:
    """The classifier on one device.

    name: what files and pages call it. attributes: the 40 names, in the order of the scores.
    """

    name = N_("the classifier")
    attributes = ATTRIBUTES

    def __init__(self, path: Path = CLASSIFIER, device: str = "auto"):
        """Raises DataError for a missing or damaged file, ValueError for an absent device."""
        on = pick_device(device)
        self._network = load_classifier(path, on)
        self._sight = Sight(self._network, self._network.config.size, on)

    def look(self, pictures: np.ndarray) -> Seen:
        """Scores and features of pictures (B, S, S, 3) uint8 RGB. Raises ValueError as `Sight.of`
        does.
        """
        scores, features = self._sight.of(pictures, self._both)
        return Seen(scores, features)

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, 40) float32 in [0, 1]. Raises ValueError as `look` does."""
        return self.look(pictures).scores

    def _both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self._network.features(x)
        return torch.sigmoid(self._network.logits(features)), features


class NetworkJudge:
    """A network of pictures in [0, 1] to calibrated logits of attributes, as a judge.

    name, attributes: as explorer/judge/judges.py asks for.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        side: int,
        device: str = "auto",
        attributes: tuple[str, ...] = ATTRIBUTES,
    ):
        self.name, self.attributes = name, attributes
        on = pick_device(device)
        self._network = network.to(on).eval()
        self._sight = Sight(self._network, side, on)

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, A) float32 in [0, 1]."""
        (found,) = self._sight.of(pictures, lambda x: (torch.sigmoid(self._network(x)),))
        return found


@cache
def scorer() -> Scorer:
    """The classifier that ships, loaded once. Raises DataError when it is not there."""
    return Scorer()
