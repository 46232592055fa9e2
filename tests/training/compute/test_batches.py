"""Batches: the right pictures in the right order, and chance that can be repeated."""

import numpy as np
import pytest
import torch

from training.compute.batches import PictureBatches, epoch_order, flip_some
from training.compute.randomness import Stream, seeded

PICTURES = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), np.uint8)
ROWS = np.array([3, 17, 4, 0, 12, 9])  # in no order
INDEX = torch.tensor([5, 0, 0, 2, 4])  # one twice


@pytest.fixture(params=["resident", "read batch by batch"])
def pictures(request: pytest.FixtureRequest) -> PictureBatches:
    """Six of twenty pictures, on the device or, as when they do not fit, left where they are."""
    found = PictureBatches(PICTURES, ROWS, torch.device("cpu"))
    if request.param != "resident":
        found.resident = None
    return found


def test_a_batch_holds_the_asked_pictures_in_the_asked_order(pictures: PictureBatches):
    expected = PICTURES[ROWS][INDEX.numpy()].transpose(0, 3, 1, 2) / np.float32(255)
    batch = pictures.batch(INDEX)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(batch.numpy(), expected)


@pytest.mark.parametrize("size", [1, 4, 6, 100])
def test_in_order_gives_every_picture_once(pictures: PictureBatches, size: int):
    batches = list(pictures.in_order(size))
    assert len(pictures) == 6
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert torch.equal(torch.cat(batches), pictures.batch(torch.arange(6)))


def test_each_flipped_picture_is_itself_or_its_mirror_image_half_and_half():
    x = torch.rand(2000, 3, 2, 4, generator=torch.Generator().manual_seed(0))
    flipped = flip_some(x, seeded(0, Stream.STEP, 0))
    same = (flipped == x).flatten(1).all(1)
    mirrored = (flipped == x[..., [3, 2, 1, 0]]).flatten(1).all(1)
    assert (same ^ mirrored).all()
    assert 900 < mirrored.sum() < 1100


def test_seeded_draws_neither_read_nor_move_the_global_generator():
    before = torch.get_rng_state()
    first = epoch_order(50, seed=0, epoch=0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    assert torch.equal(epoch_order(50, seed=0, epoch=0), first)


def test_an_epoch_visits_every_picture_once_in_an_order_of_its_own():
    orders = [epoch_order(50, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    for order in orders:
        assert torch.equal(order.sort().values, torch.arange(50))
    assert len({tuple(order.tolist()) for order in orders}) == 4
