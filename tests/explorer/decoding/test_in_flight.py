"""Several batches in flight: the next is launched before the last was waited for, none mixed up."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.decoding.cuda_graphs import FixedSizes
from explorer.decoding.decode_queue import DecodeQueue, Wanted
from explorer.decoding.decoder import Decoder
from explorer.decoding.in_flight import InFlight
from explorer.decoding.networks_on_gpu import Drawing, NetworksOnGpu, mean_of, pixels
from explorer.decoding.quickest import Watch
from explorer.decoding.shared_model import SharedModel
from tests.explorer.decoding.queued_streams import Graphs, Place, QueuedStream, queued_streams
from tests.training.compute.far_device import CUDA, far_device
from training.run.run_folder import load_model


class Device:
    """A drawing as a GPU has it, on streams that do later what was launched.

    alone: the same without them. computing, copying: the streams.
    """

    def __init__(self, run: Path, in_flight, streams: list[QueuedStream]):
        networks = NetworksOnGpu(run, "cpu")
        self.computing, self.copying = streams
        self.alone, self.draw = networks.means(), networks.means()
        assert isinstance(self.draw, Drawing)
        in_flight.watch = Watch(lambda: 0.0)  # so the first way stays the fastest, the recorded one
        plain = self.draw.pixels
        self.draw.launch = FixedSizes(Graphs(plain, networks.model), plain, in_flight)
        for count in (1, 8, 64):
            self.draw(codes(count))  # recorded, and the fastest way chosen
        for stream in streams:
            while stream.marked.acquire(blocking=False):
                pass
            stream.marks.clear()


@pytest.fixture
def device(drawn_run: Path) -> Iterator[Device]:
    with queued_streams((64, 64, 3)) as (in_flight, streams):
        yield Device(drawn_run, in_flight, streams)


def codes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)


def test_the_next_is_computed_while_the_last_is_copied_out(device: Device):
    """Nothing is copied out until all three were computed, two of them by the same graph."""
    device.copying.begins.clear()
    asked = [codes(5, 1), codes(8, 2), codes(1, 3)]
    with ThreadPoolExecutor(3) as threads:
        drawn = []
        for z in asked:
            drawn.append(threads.submit(device.draw, z))
            assert device.copying.marked.acquire(timeout=60)
        for mark in device.computing.marks:
            assert mark.come.wait(60)
        assert not any(future.done() for future in drawn)
        device.copying.begins.set()
        for z, future in zip(asked, drawn, strict=True):
            np.testing.assert_array_equal(future.result(60), device.alone(z))


def test_the_next_is_launched_before_the_last_was_drawn(device: Device):
    device.computing.begins.clear()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(device.draw, codes(5, 1))
        assert device.copying.marked.acquire(timeout=60)
        assert device.copying.marks[0].looked_for.wait(60)  # it waits for its own copy
        second = threads.submit(device.draw, codes(5, 2))
        assert device.copying.marked.acquire(timeout=60)
        assert not first.done()
        device.computing.begins.set()
        for seed, future in ((1, first), (2, second)):
            np.testing.assert_array_equal(future.result(60), device.alone(codes(5, seed)))


def test_many_threads_get_the_pictures_of_their_own_codes(device: Device):
    asked = [codes(1 + seed % 9, seed) for seed in range(120)]
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(device.draw, asked))
    for z, pictures in zip(asked, drawn, strict=True):
        # A batch of another size may round differently in the last bit.
        assert np.abs(pictures.astype(int) - device.alone(z)).max() <= 1


def test_pictures_stay_what_they_are(device: Device):
    first = device.draw(codes(5, 1))
    kept = first.copy()
    device.draw(codes(5, 2))
    np.testing.assert_array_equal(first, kept)


def test_those_that_fail_hold_up_no_other(device: Device):
    """One when it is launched, as most do on a GPU, and one later, while it is computed."""
    device.copying.begins.clear()
    asked = [codes(5, 1), np.array([["no number"]]), np.zeros((2, 9), np.float32), codes(5, 2)]
    with ThreadPoolExecutor(4) as threads:
        drawn = []
        for z in asked:
            drawn.append(threads.submit(device.draw, z))
            assert z.dtype != np.float32 or device.copying.marked.acquire(timeout=60)
        device.copying.begins.set()
        for z, future in zip(asked[::3], drawn[::3], strict=True):
            np.testing.assert_array_equal(future.result(60), device.alone(z))
        assert isinstance(drawn[1].exception(60), TypeError)
        assert "must match" in str(drawn[2].exception(60))


def test_the_queue_of_all_sessions_has_two_batches_in_flight(device: Device, drawn_run: Path):
    decoder = Decoder(SharedModel(drawn_run, "cpu"), device.draw)

    def in_flight() -> bool:
        return device.copying.marked.acquire(timeout=60)

    async def ask():
        queue, aside = DecodeQueue(), asyncio.get_running_loop().run_in_executor
        drawing = []
        for seed in (1, 2):
            wanted = [Wanted(decoder, partial(np.array, z)) for z in codes(3, seed)]
            drawing.append(asyncio.create_task(queue.draw(seed, wanted)))
            assert await aside(None, in_flight)
        assert not any(task.done() for task in drawing)
        device.copying.begins.set()
        return await asyncio.gather(*drawing)

    device.copying.begins.clear()
    for seed, decoded in zip((1, 2), asyncio.run(ask()), strict=True):
        expected = device.alone(codes(3, seed)).astype(int)
        assert np.abs(decoded.pictures - expected).max() <= 1


class AtOnce:
    """A `Stream` that has done what was launched."""

    def launch(self, work: Callable[[], object], *others: torch.Tensor) -> None:
        work()

    def mark(self) -> Place:
        place = Place()
        place.come.set()
        return place

    def after(self, mark: Place) -> None:
        assert mark.come.is_set()


def test_launching_waits_for_no_gpu(drawn_run: Path, monkeypatch: pytest.MonkeyPatch):
    z = torch.from_numpy(codes(5))
    with far_device(monkeypatch) as gpu, torch.inference_mode():
        draw = partial(pixels, mean_of(load_model(drawn_run, CUDA)))
        in_flight = InFlight(CUDA, (64, 64, 3), AtOnce(), AtOnce())
        before = list(gpu.waits)
        wait = in_flight.launch(draw, z)
        assert gpu.waits == before
        drawn = wait()
    expected = NetworksOnGpu(drawn_run, "cpu").means()(codes(5)).astype(int)
    assert np.abs(drawn.numpy() - expected).max() <= 1


def test_elsewhere_than_on_a_gpu_pictures_are_there_at_once(drawn_run: Path):
    networks = NetworksOnGpu(drawn_run, "cpu")
    draw = networks.means()
    assert isinstance(draw, Drawing)
    assert networks.in_flight is None
    with networks.turn():
        wait = draw.launch(torch.from_numpy(codes(2)))
    np.testing.assert_array_equal(wait().numpy(), draw(codes(2)))
