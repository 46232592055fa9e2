"""Random numbers that depend on nothing but a seed and what they are for.

So a resumed training repeats what it would have done, and no generator's state has to be kept.
"""

from enum import IntEnum

import numpy as np
import torch


class Stream(IntEnum):
    """What numbers are drawn for. A resumed training needs these values as they are.

    Some share one: those never meet under one seed.
    """

    ORDER = 0  # of the pictures or codes in an epoch
    STEP = 1  # flips, noise and what else a step of training draws
    SECOND_STAGE_HELD_OUT = 2  # noise of its loss on codes that it never saw
    FLOW_HELD_OUT = 2  # noise and times of its loss on codes that it never saw
    LAST_LAYERS_STEP = 3
    LAST_LAYERS_MEASURED = 4  # noise of a batch that they are measured on
    ALIGNMENT_STEP = 2
    ALIGNMENT_MEASURED = 3  # how a batch of frames is moved that it is measured on
    EVALUATION_NOISE = 0  # of a batch of validation pictures
    PRIOR_SAMPLES = 1  # codes drawn to be looked at
    IMPORTANCE = 2  # draws of the importance-weighted bound of a picture
    EXPORT_CHECK = 0  # codes that an exported network is compared on


def seed_of(seed: int, stream: int, position: int) -> int:
    """The seed of `seeded`."""
    words = np.random.SeedSequence((seed, int(stream), position)).generate_state(2)
    return int(words[0]) << 31 | int(words[1]) >> 1


def seeded(
    seed: int, stream: int, position: int, device: torch.device | str = "cpu"
) -> torch.Generator:
    """A generator that depends on nothing but its arguments.

    stream: of Stream, tells users of one seed apart; position counts them. device: where it draws;
    a GPU draws other numbers than a CPU.
    """
    return torch.Generator(device).manual_seed(seed_of(seed, stream, position))


def within_steps(device: torch.device, other: torch.Generator) -> torch.Generator:
    """What draws within a step on a device, to be seeded before it.

    A GPU's global generator, whose draws a record repeats with new numbers; elsewhere `other`.
    """
    if device.type != "cuda":
        return other
    place = torch.cuda.current_device() if device.index is None else device.index
    return torch.cuda.default_generators[place]
