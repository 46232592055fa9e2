"""A foreign model as two ONNX graphs, whatever it was given as."""

from typing import NamedTuple


class Graphs(NamedTuple):
    """encoder: pictures (B, C, S, S) -> mean (B, D), and the log-variance (B, D) of a VAE. decoder:
    codes (B, D) -> pictures. Both are ONNX, float32. source: where they came from, in a few words.
    """

    encoder: bytes
    decoder: bytes
    source: str
