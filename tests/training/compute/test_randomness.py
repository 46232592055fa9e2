"""Seeded streams: they repeat, differ, and keep the numbers that resumed trainings rely on."""

import itertools

import pytest
import torch

from training.compute.randomness import Stream, seed_of, seeded, within_steps


def test_equal_arguments_repeat_and_others_are_independent():
    streams = list(itertools.product([0, 1], [0, 1], [0, 1, 2]))
    draws = torch.stack([torch.randn(10_000, generator=seeded(*s)) for s in streams])
    again = torch.stack([torch.randn(10_000, generator=seeded(*s)) for s in streams])
    assert torch.equal(draws, again)
    correlation = torch.corrcoef(draws).fill_diagonal_(0)
    assert correlation.abs().max() < 0.05  # five standard errors


def test_the_streams_keep_their_numbers():
    """Another number would let a training go on with other noise than it began with."""
    numbers = {name: int(stream) for name, stream in Stream.__members__.items()}
    assert numbers == {
        "ORDER": 0,
        "STEP": 1,
        "SECOND_STAGE_HELD_OUT": 2,
        "FLOW_HELD_OUT": 2,
        "LAST_LAYERS_STEP": 3,
        "LAST_LAYERS_MEASURED": 4,
        "ALIGNMENT_STEP": 2,
        "ALIGNMENT_MEASURED": 3,
        "EVALUATION_NOISE": 0,
        "PRIOR_SAMPLES": 1,
        "IMPORTANCE": 2,
        "EXPORT_CHECK": 0,
    }


@pytest.mark.parametrize("stream", [1, Stream.STEP])
def test_a_stream_draws_what_it_always_drew(stream: int):
    drawn = torch.randint(2**31, (3,), generator=seeded(7, stream, 5))
    assert drawn.tolist() == [1921200287, 595150094, 930652032]


def test_within_a_step_a_cpu_draws_by_the_generator_that_is_named():
    generator = torch.Generator()
    assert within_steps(torch.device("cpu"), generator) is generator
    generator.manual_seed(seed_of(3, Stream.STEP, 7))
    assert torch.equal(
        torch.rand(4, generator=generator), torch.rand(4, generator=seeded(3, Stream.STEP, 7))
    )
