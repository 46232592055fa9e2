"""Who judges: the two sets where they are, the classifier otherwise."""

from pathlib import Path

import numpy as np
import pytest
import torch

from data import ATTRIBUTES
from data.errors import DataError
from explorer.judge.judges import judges
from explorer.judge.scorer import scorer
from training.judges.files import (
    SCORING,
    TRAINED_THROUGH,
    judges_path,
    load_judges,
    save_network,
)
from training.judges.networks import JudgesConfig, JudgeSet

SMALL = {"widths": (8, 8, 8), "whole_widths": (8, 8, 8, 8)}


def test_without_judges_the_classifier_is_both(tmp_path: Path):
    found = judges(tmp_path)
    assert found.first is found.second is scorer()
    assert not found.two


def test_one_set_judges_first_and_the_other_second(tmp_path: Path):
    torch.manual_seed(0)
    kinds = {TRAINED_THROUGH: "plain", SCORING: "residual"}
    for name, kind in kinds.items():
        save_network(judges_path(name, tmp_path), JudgeSet(JudgesConfig(kind, **SMALL)), {})
    found = judges(tmp_path)
    assert found.two
    assert found.first.name != found.second.name
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    for name, judge in zip(kinds, (found.first, found.second), strict=True):
        expected = torch.sigmoid(load_judges(name, tmp_path)(x)).numpy()
        np.testing.assert_allclose(judge.scores(pictures), expected, atol=1e-5)
        assert judge.attributes == ATTRIBUTES


def test_a_damaged_set_is_told(tmp_path: Path):
    for name in (TRAINED_THROUGH, SCORING):
        judges_path(name, tmp_path).write_bytes(b"")
    with pytest.raises(DataError, match="python -m training judges"):
        judges(tmp_path)
