"""How rates, penalties and the discriminator's weight go up and down along a sharp training."""

import math

RISE = 0.05  # share of the steps in which the rate rises, and the discriminator's weight
FALL, LOWEST = 0.45, 0.05  # share of the steps in which rates fall, and their last factor
LAST_PENALTY = 0.5  # factor of the penalties at the end


def rate_at(step: int, alone: int, steps: int) -> float:
    """The factor of the learning rates at a step: up, level, and down as a cosine.

    alone: steps in which one of the two learns alone, which rise and fall once for themselves.
    """
    if step < alone:
        rise = min(1.0, (step + 1) / max(1.0, RISE * steps))
        return rise * (1.0 if step < 0.7 * alone else 0.4)
    done = (step - alone) / max(1, steps - alone)
    rise = min(1.0, (step - alone + 1) / max(1.0, RISE * steps))
    turn = max(0.0, done - (1 - FALL)) / FALL
    return rise * (LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * turn)))


def strength_at(step: int, alone: int, steps: int) -> float:
    """The factor of the adversarial loss at a step, once both learn: rises to 1."""
    return min(1.0, (step - alone + 1) / (RISE * steps + 1))


def penalty_at(step: int, steps: int) -> float:
    """The factor of the penalties at a step: from 1 down to LAST_PENALTY as a cosine."""
    return LAST_PENALTY + (1 - LAST_PENALTY) * 0.5 * (1 + math.cos(math.pi * step / steps))
