"""From pictures to codes: the encoder's, and those that gradient steps make of them."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from explorer.decoding.decoder import Decoder
from explorer.decoding.encoder import Encoder
from explorer.decoding.shared_model import SharedModel
from training.run.latents import Latents


@pytest.fixture(scope="module")
def model(drawn_run: Path) -> SharedModel:
    """The model of the drawn run on the CPU."""
    return SharedModel(drawn_run, "cpu")


@pytest.fixture(scope="module")
def encoder(model: SharedModel) -> Encoder:
    """Its encoder."""
    return Encoder(model)


def random_code() -> np.ndarray:
    return np.random.default_rng(0).standard_normal(8, np.float32)


def test_known_pictures_get_their_known_codes(
    encoder: Encoder, drawn_many: Prepared, latents: Latents
):
    rows = drawn_many.rows("validation")[:5]
    codes = encoder.encode(drawn_many.pictures[rows])
    assert (codes.shape, codes.dtype) == ((5, 8), np.float32)
    np.testing.assert_allclose(codes, latents.mean[rows], atol=1e-4)


@pytest.mark.parametrize("pictures", [np.zeros((1, 64, 63, 3), np.uint8), np.zeros((1, 64, 64, 3))])
def test_pictures_of_another_shape_or_type_are_refused(encoder: Encoder, pictures: np.ndarray):
    found = f"{pictures.shape} {pictures.dtype}"
    message = f"expected pictures of shape (B, 64, 64, 3) uint8; found {found}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        encoder.encode(pictures)


def test_refining_brings_the_face_nearer_to_the_picture(
    model: SharedModel, encoder: Encoder, drawn_many: Prepared
):
    decoder = Decoder(model)
    picture = drawn_many.pictures[drawn_many.rows("validation")[0]]
    start, told = random_code(), []
    before = start.copy()
    better = encoder.refine(picture, start, 40, told.append)
    np.testing.assert_array_equal(start, before)
    assert (better.shape, better.dtype) == ((8,), np.float32)
    first, last = (
        np.square(decoder.decode(code[None])[0].astype(float) - picture).mean()
        for code in (start, better)
    )
    assert last < 0.7 * first
    assert (told[0], told[-1], len(told)) == (0, 1, 41)
    assert told == sorted(told)


def test_refining_is_the_same_each_time_and_never_worse(encoder: Encoder, drawn_many: Prepared):
    picture = drawn_many.pictures[0]
    once, again = (encoder.refine(picture, random_code(), 20) for _ in range(2))
    np.testing.assert_allclose(once, again, atol=1e-5)
    np.testing.assert_array_equal(encoder.refine(picture, once, 0), once)
    with torch.no_grad():  # whatever the caller's mode
        encoder.refine(picture, once, 1)


def test_the_prior_holds_a_refined_code_of_noise_back(encoder: Encoder):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert np.abs(encoder.refine(noise, np.zeros(8, np.float32), 100)).max() < 6


def test_a_code_of_another_shape_is_not_refined(encoder: Encoder, drawn_many: Prepared):
    with pytest.raises(ValueError, match=r"expected codes of shape \(B, 8\); found \(1, 7\)"):
        encoder.refine(drawn_many.pictures[0], np.zeros(7, np.float32))
