"""Step 6: summing learns, averaging collapses."""

import numpy as np
import pytest
import torch

from explorer.learn.tiny_training import (
    RECONSTRUCTED,
    REPORT_EVERY,
    STEPS,
    TINY,
    _seeded,
    drawn_faces,
    two_trainings,
)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return drawn_faces(48)


@pytest.fixture(scope="module")
def reports(faces) -> list:
    return list(two_trainings(faces))


def test_the_one_that_averages_collapses(faces, reports):
    last = reports[-1]
    summed, averaged = last.rate
    assert summed > 5 > 1 > averaged  # nats
    assert last.psnr[0] > last.psnr[1] + 2  # dB
    # Its faces are all the same.
    spread = last.reconstructions.astype(float).std(1).mean((1, 2, 3))
    assert spread[0] > 5 * spread[1]


def test_progress_is_told_to_the_end(reports):
    assert [report.step for report in reports] == list(range(REPORT_EVERY, STEPS + 1, REPORT_EVERY))
    assert reports[-1].done == 1
    assert reports[0].reconstructions.shape == (2, RECONSTRUCTED, TINY.size, TINY.size, 3)


def test_it_repeats_and_can_be_stopped(faces):
    once, again = (next(iter(two_trainings(faces))) for _ in range(2))
    assert once.rate == again.rate
    assert (once.reconstructions == again.reconstructions).all()


def test_weights_depend_on_the_seed_alone():
    one, same, other = _seeded(0), _seeded(0), _seeded(1)
    for a, b in zip(one.parameters(), same.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(one.decoder.stem.weight, other.decoder.stem.weight)
    assert not one.decoder.levels[0].conv2.weight.any()
