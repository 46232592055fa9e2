"""From pictures to codes: the encoder's, and those that gradient steps make of them."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from explorer.decoding.decoder import Decoder
from explorer.decoding.encoder import STEPS, Encoder
from explorer.decoding.pixels import as_values
from explorer.decoding.shared_model import SharedModel
from training.codes.refine import refine
from training.run.latents import Latents
from training.run.run_folder import load_model


@pytest.fixture(scope="module")
def model(drawn_run: Path) -> SharedModel:
    """The model of the drawn run on the CPU."""
    return SharedModel(drawn_run, "cpu")


@pytest.fixture(scope="module")
def encoder(model: SharedModel) -> Encoder:
    """Its encoder."""
    return Encoder(model, 1.0)


def random_code() -> np.ndarray:
    return np.random.default_rng(0).standard_normal(8, np.float32)


def test_known_pictures_get_their_known_codes(
    model: SharedModel, encoder: Encoder, drawn_many: Prepared, latents: Latents
):
    rows = drawn_many.rows("validation")[:5]
    pictures, known = drawn_many.pictures[rows], latents.mean[rows]
    guess, logvar = encoder.posterior(pictures)
    assert (guess.shape, guess.dtype) == ((5, 8), np.float32)
    np.testing.assert_allclose(logvar, latents.logvar[rows], atol=1e-4)
    codes = encoder.refined(pictures, latents.refine_steps)
    x = as_values(pictures, 3)
    far, near, like = (model.networks.code_loss(z, x, 1.0)[0] for z in (guess, codes, known))
    # Those were refined in bfloat16, where the processor multiplies it.
    assert abs(like - near).sum() < 0.02 * (far - near).sum()
    assert (np.abs(codes - known) < 0.5 * np.exp(0.5 * logvar)).all()


@pytest.mark.parametrize("pictures", [np.zeros((1, 64, 63, 3), np.uint8), np.zeros((1, 64, 64, 3))])
def test_pictures_of_another_shape_or_type_are_refused(encoder: Encoder, pictures: np.ndarray):
    found = f"{pictures.shape} {pictures.dtype}"
    message = f"expected pictures of shape (B, 64, 64, 3) uint8; found {found}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        encoder.encode(pictures)


def test_refined_codes_fit_better_and_are_the_same_each_time(
    model: SharedModel, encoder: Encoder, drawn_many: Prepared
):
    pictures = drawn_many.pictures[drawn_many.rows("validation")[:4]]
    guess, refined = encoder.encode(pictures), encoder.refined(pictures)
    assert (refined.shape, refined.dtype) == ((4, 8), np.float32)
    decoder = Decoder(model)
    before, after = (
        np.square(decoder.decode(codes).astype(float) - pictures).mean((1, 2, 3))
        for codes in (guess, refined)
    )
    assert (after < before).all()
    np.testing.assert_array_equal(encoder.refined(pictures), refined)
    np.testing.assert_array_equal(encoder.refined(pictures, steps=0), guess)
    with torch.no_grad():  # whatever the caller's mode
        np.testing.assert_array_equal(encoder.refined(pictures), refined)


def test_the_prior_holds_a_refined_code_of_noise_back(encoder: Encoder):
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    assert np.abs(encoder.refined(noise, 100)).max() < 6


def test_codes_of_the_hourglass_are_refined_as_by_torch(drawn_twin: Path, drawn_many: Prepared):
    model = SharedModel(drawn_twin, "cpu")
    encoder = Encoder(model, 1.0)
    pictures = drawn_many.pictures[:4]
    guess, refined = encoder.encode(pictures), encoder.refined(pictures)
    x = as_values(pictures, 3)
    before, after = (model.networks.code_loss(codes, x, 1.0)[0] for codes in (guess, refined))
    assert (after < before).all()
    twin = load_model(drawn_twin)
    x = torch.from_numpy(x)
    by_torch = refine(twin, x, twin.posterior(x), 1.0, STEPS)
    np.testing.assert_allclose(refined, by_torch, atol=1e-3 * np.abs(refined).max())
