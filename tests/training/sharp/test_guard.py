"""The guard judges tensors as one would judge numbers, and looks at none."""

import math

import numpy as np
import pytest
import torch

from tests.training.compute.tape import Watched
from training.optimization.divergence import Diverged
from training.sharp.guard import (
    FAR_ERROR,
    FAR_LOSS,
    FAR_NORM,
    FASTER,
    FEWEST,
    PATIENCE,
    SLOWER,
    SLOWEST,
    WINDOW,
    Guard,
)


def judged(guard: Guard, norm: float, error: float, loss: float = 1.0, other: float = 1.0) -> float:
    norm, error, loss, other = (torch.tensor(value) for value in (norm, error, loss, other))
    with Watched():
        largest = guard.judge(norm, error, (loss, other))
    return largest.item()


def usual(values: list[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2] if len(values) >= FEWEST else math.inf


def test_it_judges_as_one_would_judge_numbers():
    """Beside a readable guard, on a walk that has far and endless steps in it."""
    guard, rng = Guard(), np.random.default_rng(0)
    norms, errors, first, rate, strikes = [], [], math.inf, np.float32(1), 0
    answers = set()
    for step in range(400):
        norm, error, loss, other = np.exp(rng.normal(0, 0.3, 4)).astype(np.float32)
        if step % 7 == 0:
            norm *= np.float32(20)
        if step % 50 == 11:
            error, other = np.float32(math.nan), np.float32(math.inf)
        if step % 31 == 5:
            loss = np.float32(5)
        at_most = FAR_NORM * usual(norms[-WINDOW:])
        far = norm > at_most or loss > FAR_LOSS
        far = far or error > FAR_ERROR * min(usual(errors[-WINDOW:]), first)
        finite = all(map(math.isfinite, (norm, error, loss, other)))
        if finite and not far:
            first = first if norms else float(error)
            norms.append(float(norm))
            errors.append(float(error))
            rate, strikes = min(np.float32(rate * np.float32(FASTER)), np.float32(1)), 0
            expected = math.inf
        else:
            rate, strikes = (
                max(np.float32(rate * np.float32(SLOWER)), np.float32(SLOWEST)),
                strikes + 1,
            )
            expected = at_most if finite else 0.0
        found = judged(guard, norm, error, loss, other)
        assert found == pytest.approx(expected, rel=1e-6), step
        assert (guard.rate.item(), int(guard.strikes)) == (rate, strikes), step
        answers.add("all" if found == math.inf else "some" if found else "none")
    assert int(guard.count) == len(norms) > WINDOW
    assert answers == {"all", "some", "none"}


def calm(guard: Guard, steps: int = FEWEST) -> None:
    for _ in range(steps):
        assert judged(guard, 0.2, 0.05) == math.inf


def test_a_far_step_is_cut_and_slows_the_training_for_a_while():
    guard = Guard()
    calm(guard)
    assert judged(guard, 9.0, 0.05) == pytest.approx(FAR_NORM * 0.2)
    assert guard.rate.item() == 0.5
    assert judged(guard, 0.2, 0.5) == pytest.approx(FAR_NORM * 0.2)
    assert guard.rate.item() == 0.25
    calm(guard, 200)
    assert guard.rate.item() == 1


def test_no_error_may_much_exceed_the_first():
    guard = Guard()
    assert judged(guard, 0.2, 0.2) == math.inf
    assert judged(guard, 0.2, 0.39) == math.inf
    assert guard.rate.item() == 1
    judged(guard, 0.2, 0.41)
    assert guard.rate.item() == 0.5


def test_a_discriminator_that_is_wrong_and_sure_slows_the_training():
    guard = Guard()
    assert judged(guard, 0.2, 0.05, FAR_LOSS - 0.1) == math.inf
    judged(guard, 0.2, 0.05, FAR_LOSS + 0.1)
    assert guard.rate.item() == 0.5


def test_a_step_that_is_not_finite_is_left_out():
    guard = Guard()
    for bad in ((math.nan, 0.05), (0.2, math.inf), (0.2, 0.05, math.nan)):
        assert judged(guard, *bad) == 0
    assert not guard.norms.isfinite().any()


def test_what_does_not_recover_is_stopped_and_says_what_to_do():
    guard = Guard()
    calm(guard)
    for _ in range(PATIENCE - 1):
        judged(guard, 9.0, 0.05)
    assert guard.rate.item() == SLOWEST
    guard.check(9.0, 0.05, 1.3, 49)
    judged(guard, 9.0, 0.05)
    with pytest.raises(Diverged, match=r"found 9 and 0\.05, the .* loss 1\.3, at step 50") as told:
        guard.check(9.0, 0.05, 1.3, 50)
    assert "smaller --learning-rate" in str(told.value)


def test_it_says_so_however_late_it_is_asked():
    guard = Guard()
    calm(guard)
    for _ in range(PATIENCE + 2):
        judged(guard, 9.0, 0.05)
    assert judged(guard, 0.2, 0.05) != math.inf
    with pytest.raises(Diverged, match="the last of 33 steps far from usual"):
        guard.check(0.2, 0.05, 1.0, 53)


def test_what_comes_back_is_not_stopped():
    guard = Guard()
    calm(guard)
    for _ in range(3):
        for _ in range(PATIENCE - 1):
            judged(guard, 9.0, 0.05)
        calm(guard, 1)
    guard.check(0.2, 0.05, 1.0, 110)
