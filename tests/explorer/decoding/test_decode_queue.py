"""Requests that wait together are decoded together, and each gets its own pictures."""

import asyncio

import numpy as np
import pytest

from explorer.decoding.decode_queue import DecodeQueue
from explorer.decoding.decoder import Decoder
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


def test_every_waiter_gets_the_pictures_of_its_own_codes(decoder):
    asked = [codes(decoder, 1 + k % 3, seed=k) for k in range(12)]

    async def ask():
        queue = DecodeQueue(decoder)
        return await asyncio.gather(*(queue.decode(part) for part in asked))

    for part, decoded in zip(asked, asyncio.run(ask()), strict=True):
        alone = Decoder.decode(decoder, part)
        # A batch of another size may round differently in the last bit.
        assert np.abs(decoded.pictures.astype(int) - alone).max() <= 1


def test_what_waits_at_the_same_moment_is_one_batch(decoder):
    async def ask():
        queue = DecodeQueue(decoder)
        await asyncio.gather(*(queue.decode(codes(decoder, 1, k)) for k in range(9)))

    asyncio.run(ask())
    assert decoder.batches == [9]


def test_each_is_told_how_long_its_own_batch_took(decoder):
    async def ask():
        queue = DecodeQueue(decoder)
        return await asyncio.gather(*(queue.decode(codes(decoder, 100, k)) for k in range(4)))

    first, second, third, fourth = (decoded.milliseconds for decoded in asyncio.run(ask()))
    assert decoder.batches == [200, 200]
    assert first == second > 0
    assert third == fourth > 0
    assert first != third


def test_a_batch_never_grows_beyond_its_bound(decoder):
    async def ask():
        queue = DecodeQueue(decoder)
        await asyncio.gather(*(queue.decode(codes(decoder, 100, k)) for k in range(3)))

    asyncio.run(ask())
    assert sum(decoder.batches) == 300
    assert max(decoder.batches) <= LARGEST_BATCH


def test_a_bad_request_fails_alone(decoder):
    async def ask():
        queue = DecodeQueue(decoder)
        bad = np.full((1, decoder.latent), np.nan, np.float32)
        return await asyncio.gather(
            queue.decode(codes(decoder, 1)), queue.decode(bad), return_exceptions=True
        )

    good, refused = asyncio.run(ask())
    assert good.pictures.shape == (1, *decoder.shape)
    assert "expected finite codes" in str(refused)


def test_a_waiter_that_goes_away_does_not_stop_the_others(decoder):
    async def ask():
        queue = DecodeQueue(decoder)
        leaving = asyncio.create_task(queue.decode(codes(decoder, 1, 1)))
        staying = asyncio.create_task(queue.decode(codes(decoder, 1, 2)))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(ask()).pictures.shape == (1, *decoder.shape)
