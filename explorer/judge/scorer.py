"""Networks that look at pictures, shared by all sessions: the attribute classifier and judges."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data import ATTRIBUTES
from explorer.decoding.device import pick_device
from explorer.language.text import N_
from training.compute.onnx_runtime import program
from training.graphs.seeing import classifier_graph, judges_graph
from training.judge.classifier_file import CLASSIFIER, damaged_classifier, read_classifier
from training.judges.files import damaged_judges, read_judges
from training.run.tensors import BAD_TENSORS

LARGEST_BATCH = 256  # bounds the memory of one call

# (B, 3, S, S) float32 in [0, 1] -> arrays (B, ...) float32; many threads may call it at once.
Network = Callable[[np.ndarray], list[np.ndarray]]


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
    """A network of pictures of one size. Safe to call from many threads."""

    def __init__(self, network: Network, side: int):
        """side: of the pictures that it takes."""
        self._network, self._side = network, side

    def of(self, pictures: np.ndarray) -> list[np.ndarray]:
        """What the network says of pictures (B, S, S, 3) uint8 RGB: (B, ...) float32 each. Those
        of other sizes are resized.

        Raises ValueError for another shape or type.
        """
        if pictures.ndim != 4 or pictures.shape[3] != 3 or pictures.dtype != np.uint8:
            raise ValueError(
                "expected pictures of shape (B, S, S, 3) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        # Of no picture the shape of the answer is that of one.
        given = pictures if len(pictures) else np.zeros((1, 8, 8, 3), np.uint8)
        starts = range(0, len(given), LARGEST_BATCH)
        parts = [self._part(given[start : start + LARGEST_BATCH]) for start in starts]
        return [np.concatenate(arrays)[: len(pictures)] for arrays in zip(*parts, strict=True)]

    def _part(self, pictures: np.ndarray) -> list[np.ndarray]:
        x = pictures.transpose(0, 3, 1, 2) / np.float32(255)
        if x.shape[2:] != (self._side, self._side):
            down, across = (_resizing(side, self._side) for side in x.shape[2:])
            x = down @ x @ across.T
        return self._network(np.ascontiguousarray(x))


def _resizing(side: int, wanted: int) -> np.ndarray:
    """(wanted, side) float32: an antialiased bilinear filter along one axis, as torch has it."""
    ratio = side / wanted
    reach = max(ratio, 1.0)  # of the triangle, which is as wide as a pixel of the smaller picture
    centres = (np.arange(wanted) + 0.5) * ratio
    apart = np.abs(np.arange(side) + 0.5 - centres[:, None]) / reach
    weights = np.clip(1 - apart, 0, None)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


class Scorer:
    """The classifier on one device.

    name: what files and pages call it. attributes: the 40 names, in the order of the scores.
    """

    name = N_("the classifier")
    attributes = ATTRIBUTES

    def __init__(self, path: Path = CLASSIFIER, device: str = "auto"):
        """Raises DataError for a missing or damaged file, ValueError for an absent device."""
        on = pick_device(device)
        config, weights = read_classifier(path)
        if on == "cpu":
            try:
                network = on_cpu(classifier_graph(weights, config))
            except BAD_TENSORS as error:
                raise damaged_classifier(path, error) from error
        else:
            from explorer.judge.scorer_on_gpu import classifier_on_gpu

            network = classifier_on_gpu(path, on)
        self._sight = Sight(network, config.size)

    def look(self, pictures: np.ndarray) -> Seen:
        """Scores and features of pictures (B, S, S, 3) uint8 RGB. Raises ValueError as `Sight.of`
        does.
        """
        scores, features = self._sight.of(pictures)
        return Seen(scores, features)

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, 40) float32 in [0, 1]. Raises ValueError as `look` does."""
        return self.look(pictures).scores


class NetworkJudge:
    """A network of pictures to scores of attributes, as a judge.

    name, attributes: as explorer/judge/judges.py asks for.
    """

    def __init__(
        self, name: str, network: Network, side: int, attributes: tuple[str, ...] = ATTRIBUTES
    ):
        """network: gives (B, A) scores in [0, 1] of pictures of that side."""
        self.name, self.attributes = name, attributes
        self._sight = Sight(network, side)

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 -> (B, A) float32 in [0, 1]."""
        (found,) = self._sight.of(pictures)
        return found


def set_of_judges(called: str, name: str, folder: Path, device: str = "auto") -> NetworkJudge:
    """The judges "a" or "b" of a folder. Raises DataError for a missing or damaged file."""
    on = pick_device(device)
    config, weights = read_judges(name, folder)
    if on == "cpu":
        try:
            network = on_cpu(judges_graph(weights, config))
        except BAD_TENSORS as error:
            raise damaged_judges(name, folder, error) from error
    else:
        from explorer.judge.scorer_on_gpu import judges_on_gpu

        network = judges_on_gpu(name, folder, on)
    return NetworkJudge(called, network, config.size)


def on_cpu(graph: bytes) -> Network:
    """A graph that takes "x", by onnxruntime."""
    run = program(graph)
    return lambda x: run(x=x)


@cache
def scorer() -> Scorer:
    """The classifier that ships, loaded once. Raises DataError when it is not there."""
    return Scorer()
