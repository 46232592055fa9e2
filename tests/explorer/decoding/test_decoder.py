"""The decoder service: the model's pictures as bytes, whatever the batch and the thread."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from data.prepared import Prepared
from explorer.decoding.decoder import LARGEST_BATCH, Decoder
from training.run.latents import Latents
from training.run.run_folder import WEIGHTS, RunError, load_model


@pytest.fixture(scope="module")
def decoder(drawn_run: Path) -> Decoder:
    """The decoder of the drawn run on the CPU."""
    return Decoder(drawn_run, "cpu")


def random_codes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 8), np.float32)


def assert_same_pictures(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal but for the rounding of a few values: the order of a convolution's sums may differ."""
    difference = np.abs(found.astype(int) - expected.astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


def test_pictures_are_the_models_means_as_rgb_bytes(decoder: Decoder, drawn_run: Path):
    codes = random_codes(3)
    pictures = decoder.decode(codes)
    assert (pictures.shape, pictures.dtype) == ((3, 64, 64, 3), np.uint8)
    means = load_model(drawn_run).decode(torch.from_numpy(codes)).numpy()
    for picture, mean in zip(pictures, means, strict=True):
        for channel in range(3):
            assert_same_pictures(picture[..., channel], np.rint(255 * mean[channel]))


def test_a_batch_equals_its_codes_one_by_one(decoder: Decoder):
    codes = random_codes(12)
    one_by_one = [decoder.decode(code[None])[0] for code in codes]
    assert_same_pictures(decoder.decode(codes), np.stack(one_by_one))


def test_a_batch_larger_than_a_call_may_be_comes_in_order(decoder: Decoder):
    codes = random_codes(LARGEST_BATCH + 5)
    pictures = decoder.decode(codes)
    assert len(pictures) == len(codes)
    assert_same_pictures(pictures[-6:], decoder.decode(codes[-6:]))


def test_no_codes_give_no_pictures(decoder: Decoder):
    assert decoder.decode(np.zeros((0, 8), np.float32)).shape == (0, 64, 64, 3)


def test_eight_threads_get_what_one_gets(decoder: Decoder):
    batches = [random_codes(1 + seed % 3, seed) for seed in range(64)]
    expected = [decoder.decode(batch) for batch in batches]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(decoder.decode, batches))
    for pictures, alone in zip(found, expected, strict=True):
        assert_same_pictures(pictures, alone)


@pytest.mark.filterwarnings("error")
def test_codes_may_be_read_only_and_in_any_order_of_memory(decoder: Decoder):
    codes = random_codes(3)
    expected = decoder.decode(codes)
    turned = np.asfortranarray(codes[::-1])[::-1]
    codes.setflags(write=False)
    for same in (codes, turned):
        assert_same_pictures(decoder.decode(same), expected)


def test_known_pictures_get_their_known_codes(
    decoder: Decoder, drawn_many: Prepared, latents: Latents
):
    rows = drawn_many.rows("validation")[:5]
    codes = decoder.encode(drawn_many.pictures[rows])
    assert (codes.shape, codes.dtype) == ((5, 8), np.float32)
    np.testing.assert_allclose(codes, latents.mean[rows], atol=1e-4)


@pytest.mark.parametrize("pictures", [np.zeros((1, 64, 63, 3), np.uint8), np.zeros((1, 64, 64, 3))])
def test_pictures_of_another_shape_or_type_are_refused(decoder: Decoder, pictures: np.ndarray):
    found = f"{pictures.shape} {pictures.dtype}"
    message = f"expected pictures of shape (B, 64, 64, 3) uint8; found {found}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        decoder.encode(pictures)


def test_refining_brings_the_face_nearer_to_the_picture(decoder: Decoder, drawn_many: Prepared):
    picture = drawn_many.pictures[drawn_many.rows("validation")[0]]
    start, told = random_codes(1)[0], []
    before = start.copy()
    better = decoder.refine(picture, start, 40, told.append)
    np.testing.assert_array_equal(start, before)
    assert (better.shape, better.dtype) == ((8,), np.float32)
    first, last = (
        np.square(decoder.decode(code[None])[0].astype(float) - picture).mean()
        for code in (start, better)
    )
    assert last < 0.7 * first
    assert (told[0], told[-1], len(told)) == (0, 1, 41)
    assert told == sorted(told)


def test_refining_is_the_same_each_time_and_never_worse(decoder: Decoder, drawn_many: Prepared):
    picture = drawn_many.pictures[0]
    once, again = (decoder.refine(picture, random_codes(1)[0], 20) for _ in range(2))
    np.testing.assert_allclose(once, again, atol=1e-5)
    np.testing.assert_array_equal(decoder.refine(picture, once, 0), once)
    with torch.no_grad():  # whatever the caller's mode
        decoder.refine(picture, once, 1)


def test_the_prior_holds_a_refined_code_of_noise_back(decoder: Decoder):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert np.abs(decoder.refine(noise, np.zeros(8, np.float32), 100)).max() < 6


@pytest.mark.parametrize("shape", [(8,), (1, 7), (2, 9), (1, 1, 8)])
def test_codes_of_another_shape_are_refused(decoder: Decoder, shape: tuple[int, ...]):
    message = f"expected codes of shape (B, 8); found {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        decoder.decode(np.zeros(shape, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_codes_that_are_not_finite_are_refused(decoder: Decoder, value: float):
    codes = random_codes(2)
    codes[1, 3] = value
    with pytest.raises(ValueError, match="expected finite codes; found NaN or infinity"):
        decoder.decode(codes)
    assert np.ptp(decoder.decode(random_codes(1))) > 0  # the next call works


def test_the_callers_gradient_mode_stays_as_it_is(decoder: Decoder):
    for enabled in (True, False):
        with torch.set_grad_enabled(enabled):
            decoder.decode(random_codes(1))
            assert torch.is_grad_enabled() is enabled
            assert not torch.is_inference_mode_enabled()


def test_the_device_and_the_shape_of_a_picture_are_told(decoder: Decoder):
    assert decoder.device == "cpu"
    assert decoder.shape == (64, 64, 3)


def test_the_time_of_a_call_is_noted(drawn_run: Path):
    fresh = Decoder(drawn_run, "cpu")
    assert fresh.last_ms == 0
    fresh.decode(random_codes(1))
    assert fresh.last_ms > 0


def test_a_device_that_is_not_there_is_refused(drawn_run: Path):
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ValueError, match=f"expected --device auto or one of: .*'{absent}'"):
        Decoder(drawn_run, absent)


def test_a_run_without_weights_is_refused(own_run: Path):
    (own_run / WEIGHTS).unlink()
    with pytest.raises(RunError, match=f"expected: {WEIGHTS} in {own_run}\nfound: no such file"):
        Decoder(own_run, "cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_decodes_what_the_cpu_decodes(decoder: Decoder, drawn_run: Path):
    codes = random_codes(64)
    found = Decoder(drawn_run, "cuda").decode(codes).astype(int)
    assert np.abs(found - decoder.decode(codes)).max() <= 3  # convolutions in TF32
