"""A tiny set of judges."""

import pytest
import torch

from tests.training.judges.small import TINY
from training.judges.networks import JudgeSet


@pytest.fixture(params=["a", "b"])
def judges(request: pytest.FixtureRequest) -> JudgeSet:
    """A tiny set of each kind with fresh weights, in eval mode."""
    torch.manual_seed(0)
    return JudgeSet(TINY[request.param].config).eval().requires_grad_(False)
