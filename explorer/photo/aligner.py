"""The alignment network by onnxruntime."""

from functools import cache
from pathlib import Path

import numpy as np

from training.alignment.frame import (
    ALIGNER,
    NETWORK,
    SIDE,
    damaged_aligner,
    place_of,
    read_aligner,
)
from training.alignment.similarity import Similarity
from training.compute.onnx_runtime import program
from training.graphs.seeing import aligner_graph
from training.run.tensors import BAD_TENSORS


class Aligner:
    """Says how far a face is from CelebA's frame. Safe to call from many threads."""

    def __init__(self, path: Path = ALIGNER):
        """Raises DataError when the file is missing or not this network's."""
        weights = read_aligner(path)
        try:
            graph = aligner_graph(weights, SIDE, NETWORK.widths, NETWORK.blocks_of_encoder)
        except BAD_TENSORS as error:
            raise damaged_aligner(path, error) from error
        self._run = program(graph)

    def look(self, window: np.ndarray) -> Similarity:
        """From the aligned face to the face in a window (SIDE, SIDE, 3) uint8 RGB."""
        x = np.ascontiguousarray(window.transpose(2, 0, 1)[None], np.float32) / 255
        return place_of(self._run(x=x)[0][0])


@cache
def aligner() -> Aligner:
    """The network that ships. Raises DataError when it is not there."""
    return Aligner()
