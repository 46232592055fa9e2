"""What a foreign pair is refused for, and what is said then."""

from collections.abc import Callable

import numpy as np
import pytest

from data.errors import DataError
from data.prepared import Prepared
from explorer.adapters.fitting import fitting_config
from training.run.onnx_pair import OnnxPair

SIDE = 64


def halved(x: np.ndarray) -> np.ndarray:
    """(B, 3, S, S) -> (B, D): every eighth pixel."""
    return x[:, :, ::8, ::8].reshape(len(x), -1)


def encode(x: np.ndarray) -> list[np.ndarray]:
    if x.shape[1:] != (3, SIDE, SIDE):
        raise ValueError("Got invalid dimensions for input: picture")
    return [halved(x), np.full((len(x), 192), -3, np.float32)]


def decode(z: np.ndarray) -> list[np.ndarray]:
    return [z.reshape(-1, 3, 8, 8).repeat(8, 2).repeat(8, 3)]


def only(count: int, network: Callable) -> Callable:
    def run(given: np.ndarray) -> list[np.ndarray]:
        if len(given) != count:
            raise ValueError(f"index: 0 Got: {len(given)} Expected: {count}")
        return network(given)

    return run


def test_a_pair_that_fits(drawn_many: Prepared):
    config = fitting_config(OnnxPair(encode, decode), drawn_many, "here")
    assert (config.kind, config.size, config.latent, config.channels) == ("vae", SIDE, 192, 3)
    assert not config.has_likelihood
    plain = OnnxPair(lambda x: encode(x)[:1], decode)
    assert fitting_config(plain, drawn_many, "here").kind == "ae"


@pytest.mark.parametrize(
    ("encoder", "decoder", "expected", "found"),
    [
        (only(1, encode), decode, "encoder for batches of any size", "Got: 32 Expected: 1"),
        (encode, only(1, decode), "decoder for batches of any size", "Got: 32 Expected: 1"),
        (only(0, encode), decode, "an encoder that takes pictures (B, 3, 64, 64)", "Got: 1"),
        (
            lambda x: [x[:, :, ::8, ::8]],
            decode,
            "a mean (B, D) float32 from the encoder, B = 32",
            "(32, 3, 8, 8) float32",
        ),
        (
            lambda x: [encode(x)[0], np.zeros((len(x), 5), np.float32)],
            decode,
            "a log-variance (B, D) float32",
            "(32, 5) float32",
        ),
        (lambda x: [encode(x)[0] * np.nan], decode, "finite codes", "NaN or infinity"),
        (
            lambda x: [halved(x) - halved(x).mean(0)],
            decode,
            "the same code for a picture alone and among others",
            "depend on the other pictures",
        ),
        (
            encode,
            lambda z: [decode(z)[0].transpose(0, 2, 3, 1)],
            "pictures (32, 3, 64, 64) float32 from the decoder",
            "(32, 64, 64, 3) float32",
        ),
        (encode, lambda z: [decode(z)[0] * np.nan], "finite pictures", "NaN or infinity"),
        (
            encode,
            lambda z: [1 - decode(z)[0]],
            "reconstructions about as near as the mean picture",
            "dB with --pixel-range 0 1",
        ),
    ],
)
def test_a_pair_that_does_not_fit(
    encoder: Callable, decoder: Callable, expected: str, found: str, drawn_many: Prepared
):
    with pytest.raises(DataError) as caught:
        fitting_config(OnnxPair(encoder, decoder), drawn_many, "here")
    assert caught.value.expected.startswith(expected)
    assert found in caught.value.found
    assert caught.value.next


def test_a_decoder_of_other_codes(drawn_many: Prepared):
    def other(z: np.ndarray) -> list[np.ndarray]:
        raise ValueError("index: 1 Got: 192 Expected: 16")

    with pytest.raises(DataError, match=r"codes \(B, 192\)(.|\n)*give encoder and decoder of one"):
        fitting_config(OnnxPair(encode, other), drawn_many, "here")
