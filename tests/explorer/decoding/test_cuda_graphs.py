"""Batches of any size, drawn by programs of fixed sizes; on a GPU these are recorded graphs."""

import logging
from functools import partial

import pytest
import torch

from explorer.decoding.cuda_graphs import SIZES, FixedSizes, record
from explorer.decoding.decoder import Decoder
from explorer.decoding.encoder import Encoder
from explorer.decoding.networks_on_gpu import NetworksOnGpu, mean_of, pixels
from explorer.decoding.shared_model import SharedModel
from training.run.run_folder import load_model

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def plain(drawn_run):
    """The decoder of the drawn run by torch, on the CPU."""
    return NetworksOnGpu(drawn_run, "cpu").means().by_size


class Recorder:
    """Stands for a GPU: programs that take exactly one size, and which were asked for."""

    def __init__(self, plain, largest=256):
        self.plain, self.largest = plain, largest
        self.asked = []

    def __call__(self, size):
        self.asked.append(size)
        if size > self.largest:
            raise RuntimeError("CUDA out of memory")

        def draw(codes):
            assert len(codes) == size
            return self.plain(codes)

        return draw


def random_codes(count):
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(count))


def levels_apart(a, b):
    assert a.shape == b.shape
    return (a.int() - b.int()).abs().max().item()


@pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 100, 256, 300])
def test_a_batch_of_any_size_is_drawn_as_the_plain_one(plain, count):
    draw = FixedSizes(Recorder(plain), plain)
    codes = random_codes(count)
    with torch.inference_mode():
        # One level, because a batch of another size is rounded differently in the last bit.
        assert levels_apart(draw(codes), plain(codes)) <= 1


def test_each_size_is_recorded_once_when_it_is_needed(plain):
    recorder = Recorder(plain)
    draw = FixedSizes(recorder, plain)
    with torch.inference_mode():
        for count in (3, 8, 1, 5, 1, 60):
            draw(random_codes(count))
    assert recorder.asked == [8, 1, 64]


def test_what_cannot_be_recorded_is_drawn_plainly_and_said_once(plain, caplog):
    recorder = Recorder(plain, largest=8)
    draw = FixedSizes(recorder, plain)
    codes = random_codes(20)
    with torch.inference_mode(), caplog.at_level(logging.WARNING):
        drawn = [draw(codes), draw(codes), draw(codes[:4])]
        assert levels_apart(drawn[0], plain(codes)) == 0
    assert levels_apart(drawn[1], drawn[0]) == 0
    assert recorder.asked == [64, 8]
    assert [r.getMessage() for r in caplog.records] == ["No CUDA graph for batches of 64"]


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("size", SIZES)
def test_a_recorded_graph_draws_what_the_network_draws(drawn_run, size):
    device = torch.device("cuda")
    model = load_model(drawn_run, device)
    with torch.inference_mode():
        draw = record(partial(pixels, mean_of(model)), size, 8, device)
        first, second = random_codes(size), random_codes(size + 1)[:size]
        drawn = draw(first)
        kept = drawn.clone()
        assert levels_apart(draw(second), pixels(mean_of(model), second.to(device)).cpu()) <= 1
        assert levels_apart(drawn, kept) == 0  # not overwritten by the next one
        assert levels_apart(drawn, pixels(mean_of(model), first.to(device)).cpu()) <= 1


@pytest.mark.gpu
@needs_gpu
def test_the_decoder_of_a_gpu_uses_recorded_graphs_beside_gradients(drawn_run, drawn_many):
    model = SharedModel(drawn_run, "cuda")
    decoder = Decoder(model)
    codes = random_codes(5).numpy()
    before = decoder.decode(codes)
    Encoder(model, 1.0).refined(drawn_many.pictures[:1], 3)
    assert levels_apart(torch.from_numpy(decoder.decode(codes)), torch.from_numpy(before)) == 0
    assert set(decoder._draw.by_size._recorded) == {8}
    assert decoder._draw.by_size._recorded[8] is not None
