"""Pictures that wait together are drawn together, each gets its own, and owners take turns."""

import asyncio
import threading
from functools import partial

import numpy as np
import pytest

from explorer.decoding import decode_queue
from explorer.decoding.decode_queue import CannotDraw, DecodeQueue, Wanted
from explorer.decoding.decoder import Decoder
from explorer.decoding.fair_line import Busy
from explorer.decoding.renderer import LARGEST_BATCH
from explorer.decoding.shared_model import SharedModel


class CountingDecoder(Decoder):
    """A real decoder that notes the size of every batch."""

    def __init__(self, run):
        super().__init__(SharedModel(run, "cpu"))
        self.batches = []

    def decode(self, codes):
        self.batches.append(len(codes))
        return super().decode(codes)


@pytest.fixture
def decoder(drawn_run):
    return CountingDecoder(drawn_run)


def codes(decoder, count, seed=0):
    shape = (count, decoder.latent)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def wanted(decoder, codes):
    return [Wanted(decoder, partial(np.array, code)) for code in codes]


def test_every_waiter_gets_the_pictures_of_its_own_codes(decoder):
    asked = [codes(decoder, 1 + k % 3, seed=k) for k in range(12)]

    async def ask():
        queue = DecodeQueue()
        draws = (queue.draw(k % 5, wanted(decoder, part)) for k, part in enumerate(asked))
        return await asyncio.gather(*draws)

    for part, decoded in zip(asked, asyncio.run(ask()), strict=True):
        alone = Decoder.decode(decoder, part)
        # A batch of another size may round differently in the last bit.
        assert np.abs(decoded.pictures.astype(int) - alone).max() <= 1
        assert decoded.milliseconds > 0


def test_what_waits_at_the_same_moment_is_one_batch(decoder):
    async def ask():
        queue = DecodeQueue()
        draws = (queue.draw(k, wanted(decoder, codes(decoder, 1, k))) for k in range(6))
        await asyncio.gather(*draws)

    asyncio.run(ask())
    assert decoder.batches == [6]


def test_a_batch_is_short_so_that_the_next_is_soon(decoder, monkeypatch):
    async def ask(count):
        await DecodeQueue().draw(0, wanted(decoder, codes(decoder, count)))

    monkeypatch.setattr(decode_queue, "FIRST_GUESS_MS", decode_queue.BATCH_MS / 4)
    asyncio.run(ask(64))
    assert sum(decoder.batches) == 64
    assert decoder.batches[0] == 4
    decoder.batches.clear()
    monkeypatch.setattr(decode_queue, "FIRST_GUESS_MS", 1e-6)  # what is quick is drawn as one
    asyncio.run(ask(LARGEST_BATCH + 40))
    assert decoder.batches[0] == LARGEST_BATCH


def test_who_asks_for_one_face_does_not_wait_for_all_of_another(decoder):
    """The first batch of the greedy one is held until the other has asked."""
    held, asked = threading.Event(), []

    class Held(CountingDecoder):
        def decode(self, codes):
            assert held.wait(60)
            return super().decode(codes)

    slow = Held.__new__(Held)
    slow.__dict__ = decoder.__dict__

    async def ask():
        queue = DecodeQueue()
        greedy = asyncio.create_task(queue.draw("greedy", wanted(slow, codes(decoder, 200))))
        greedy.add_done_callback(lambda _: asked.append("greedy"))
        while not queue._working:
            await asyncio.sleep(0)
        honest = asyncio.create_task(queue.draw("honest", wanted(slow, codes(decoder, 1))))
        honest.add_done_callback(lambda _: asked.append("honest"))
        await asyncio.sleep(0)
        held.set()
        await asyncio.gather(greedy, honest)

    asyncio.run(ask())
    assert asked == ["honest", "greedy"]


def test_a_bad_request_fails_alone(decoder):
    def unmakeable():
        raise ValueError("expected a picture of this run; found 'nobody.jpg'")

    async def ask():
        queue = DecodeQueue()
        bad = wanted(decoder, np.full((1, decoder.latent), np.nan, np.float32))
        return await asyncio.gather(
            queue.draw(0, wanted(decoder, codes(decoder, 1))),
            queue.draw(1, bad),
            queue.draw(2, [*wanted(decoder, codes(decoder, 1)), Wanted(decoder, unmakeable)]),
            return_exceptions=True,
        )

    good, refused, unmade = asyncio.run(ask())
    assert good.pictures.shape == (1, *decoder.shape)
    assert "expected finite codes" in str(refused)
    assert "found 'nobody.jpg'" in str(unmade)


def test_a_decoder_that_fails_says_so_to_all_who_wait_and_goes_on(decoder):
    class Failing(CountingDecoder):
        def decode(self, codes):
            if not self.batches:
                self.batches.append(0)
                raise RuntimeError("out of memory")
            return super().decode(codes)

    failing = Failing.__new__(Failing)
    failing.__dict__ = decoder.__dict__

    async def ask():
        queue = DecodeQueue()
        draws = (queue.draw(k, wanted(failing, codes(decoder, 1, k))) for k in range(3))
        failed = await asyncio.gather(*draws, return_exceptions=True)
        return failed, await queue.draw(3, wanted(failing, codes(decoder, 1)))

    failed, after = asyncio.run(ask())
    assert all(type(error) is CannotDraw for error in failed)
    assert "RuntimeError: out of memory" in str(failed[0])
    assert after.pictures.shape == (1, *decoder.shape)


def test_more_than_can_wait_is_refused_with_a_reason(decoder, monkeypatch):
    monkeypatch.setattr(decode_queue, "MOST_WAITING_MS", 100.0)

    async def ask():
        queue = DecodeQueue()
        return await asyncio.gather(
            queue.draw("greedy", wanted(decoder, codes(decoder, 200))),
            queue.draw("honest", wanted(decoder, codes(decoder, 1))),
            return_exceptions=True,
        )

    refused, drawn = asyncio.run(ask())
    assert type(refused) is Busy
    assert "ask again in a moment" in str(refused)
    assert drawn.pictures.shape == (1, *decoder.shape)


def test_a_waiter_that_goes_away_does_not_stop_the_others(decoder):
    async def ask():
        queue = DecodeQueue()
        leaving = asyncio.create_task(queue.draw(1, wanted(decoder, codes(decoder, 1, 1))))
        staying = asyncio.create_task(queue.draw(2, wanted(decoder, codes(decoder, 1, 2))))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(ask()).pictures.shape == (1, *decoder.shape)
    assert sum(decoder.batches) == 1
