"""Batches of any size, drawn by programs of fixed sizes; on a GPU these are recorded graphs."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch
from torch import Tensor

from explorer.decoding.cuda_graphs import SIZES, FixedSizes, record
from explorer.decoding.decoder import Decoder
from explorer.decoding.encoder import Encoder
from explorer.decoding.in_flight import InFlight
from explorer.decoding.networks_on_gpu import Drawing, NetworksOnGpu, mean_of, pixels
from explorer.decoding.shared_model import SharedModel
from tests.explorer.decoding.queued_streams import Graphs, queued_streams
from training.run.run_folder import load_model

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def networks(drawn_run) -> NetworksOnGpu:
    """Those of the drawn run by torch, on the CPU."""
    return NetworksOnGpu(drawn_run, "cpu")


@pytest.fixture(scope="module")
def plain(networks: NetworksOnGpu):
    """Draws their means."""
    drawing = networks.means()
    assert isinstance(drawing, Drawing)
    return drawing.pixels


@pytest.fixture
def in_flight() -> Iterator[InFlight]:
    with queued_streams((64, 64, 3)) as (found, _):
        yield found


class Recorder(Graphs):
    """Remembers only so many at once."""

    def __init__(self, plain, model, largest=256):
        super().__init__(plain, model)
        self.largest = largest

    def __call__(self, size):
        draw = super().__call__(size)
        if size > self.largest:
            raise RuntimeError("CUDA out of memory")
        return draw


def random_codes(count: int) -> Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(count))


def levels_apart(a: Tensor, b: Tensor) -> int:
    assert a.shape == b.shape
    return int((a.int() - b.int()).abs().max())


@pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 100, 256, 300])
def test_a_batch_of_any_size_is_drawn_as_the_plain_one(networks, plain, in_flight, count):
    draw = FixedSizes(Recorder(plain, networks.model), plain, in_flight)
    codes = random_codes(count)
    with torch.inference_mode():
        # One level, because a batch of another size is rounded differently in the last bit.
        assert levels_apart(draw(codes)(), plain(codes)) <= 1


def test_each_size_is_recorded_once_when_it_is_needed(networks, plain, in_flight):
    recorder = Recorder(plain, networks.model)
    draw = FixedSizes(recorder, plain, in_flight)
    with torch.inference_mode():
        for count in (3, 8, 1, 5, 1, 60):
            draw(random_codes(count))()
    assert recorder.asked == [8, 1, 64]


def test_what_cannot_be_recorded_is_drawn_plainly_and_said_once(networks, plain, in_flight, caplog):
    recorder = Recorder(plain, networks.model, largest=8)
    draw = FixedSizes(recorder, plain, in_flight)
    codes = random_codes(20)
    with torch.inference_mode(), caplog.at_level(logging.WARNING):
        drawn = [draw(codes)(), draw(codes)(), draw(codes[:4])()]
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
        first, second = (z.to(device) for z in (random_codes(size), random_codes(size + 1)[:size]))
        drawn = draw(first).clone()
        assert levels_apart(draw(second), pixels(mean_of(model), second)) <= 1
        assert levels_apart(drawn, pixels(mean_of(model), first)) <= 1


@pytest.mark.gpu
@needs_gpu
def test_a_gpu_gives_each_of_many_threads_the_pictures_of_its_codes(drawn_run):
    decoder, alone = (Decoder(SharedModel(drawn_run, device)) for device in ("cuda", "cpu"))
    asked = [random_codes(count).numpy() for count in (1, 5, 8, 60, 64, 200)]
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(decoder.decode, asked * 40))
    for codes, pictures in zip(asked * 40, drawn, strict=True):
        expected = torch.from_numpy(alone.decode(codes))
        assert levels_apart(torch.from_numpy(pictures), expected) <= 3  # convolutions in TF32


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("count", [5, 300])  # a recorded graph, and a plain call
def test_a_turn_on_a_gpu_waits_for_nothing(drawn_run, count):
    networks = NetworksOnGpu(drawn_run, "cuda")
    draw, codes = networks.means(), random_codes(count)
    expected = torch.from_numpy(draw(codes.numpy()))  # recorded, and measured to be the fastest
    with networks.turn():
        torch.cuda.set_sync_debug_mode("error")
        try:
            waiting = [draw.launch(codes) for _ in range(3)]
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert max(levels_apart(wait(), expected) for wait in waiting) <= 1


@pytest.mark.gpu
@needs_gpu
def test_the_decoder_of_a_gpu_uses_recorded_graphs_beside_gradients(drawn_run, drawn_many):
    model = SharedModel(drawn_run, "cuda")
    decoder = Decoder(model)
    codes = random_codes(5).numpy()
    before = decoder.decode(codes)
    Encoder(model, 1.0).refined(drawn_many.pictures[:1], 3)
    assert levels_apart(torch.from_numpy(decoder.decode(codes)), torch.from_numpy(before)) == 0
    assert set(decoder._draw.launch._recorded) == {8}
    assert decoder._draw.launch._recorded[8] is not None
