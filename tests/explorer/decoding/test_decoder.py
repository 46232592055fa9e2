"""The decoder as a renderer: the model's means as bytes, whatever the batch and the thread."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.decoding.decoder import Decoder
from explorer.decoding.renderer import LARGEST_BATCH
from explorer.decoding.shared_model import SharedModel
from training.run.run_folder import load_model


@pytest.fixture(scope="module")
def decoder(drawn_run: Path) -> Decoder:
    """The decoder of the drawn run on the CPU."""
    return Decoder(SharedModel(drawn_run, "cpu"))


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


def test_the_device_and_the_shapes_of_codes_and_pictures_are_told(decoder: Decoder):
    assert (decoder.device, decoder.latent, decoder.shape) == ("cpu", 8, (64, 64, 3))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_decodes_what_the_cpu_decodes(decoder: Decoder, drawn_run: Path):
    codes = random_codes(64)
    found = Decoder(SharedModel(drawn_run, "cuda")).decode(codes).astype(int)
    assert np.abs(found - decoder.decode(codes)).max() <= 3  # convolutions in TF32
