"""The networks of judges: each sees its place alone, and all attributes come in their order."""

import pytest
import torch

from data import ATTRIBUTES
from training.judges.networks import JudgesConfig, JudgeSet
from training.judges.places import LOCAL, PLACE_OF, SIZE, WHOLE
from training.model.config import ConfigError


def test_each_attribute_is_judged_by_the_network_of_its_place(judges: JudgeSet):
    x = torch.rand(3, 3, SIZE, SIZE)
    found = judges(x)
    assert found.shape == (3, 40)
    for place in LOCAL:
        torch.testing.assert_close(found[:, place.columns], judges.of_place(place.name)(x))
    everywhere = [k for k, name in enumerate(ATTRIBUTES) if PLACE_OF[name] == WHOLE]
    torch.testing.assert_close(found[:, everywhere], judges.whole(x)[:, everywhere])
    assert judges.whole(x).shape == (3, 40)


@pytest.mark.parametrize("place", LOCAL, ids=lambda place: place.name)
def test_a_judge_sees_its_place_and_nothing_else(judges: JudgeSet, place):
    """By the gradient, which is what one trains through."""
    x = torch.rand(2, 3, SIZE, SIZE, requires_grad=True)
    judges(x)[:, place.columns].square().sum().backward()
    felt = x.grad.abs().sum((0, 1)) > 0
    inside = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    inside[slice(*place.rows)] = True
    if place.hole:
        upper, lower, left, right = place.hole
        inside[upper:lower, left:right] = False
    assert not felt[~inside].any()
    assert felt[inside].float().mean() > 0.9


def test_the_whole_face_is_seen_by_the_judge_of_whole_faces(judges: JudgeSet):
    x = torch.rand(2, 3, SIZE, SIZE, requires_grad=True)
    judges(x)[:, ATTRIBUTES.index("Male")].sum().backward()
    assert (x.grad.abs().sum((0, 1)) > 0).float().mean() > 0.9


def test_calibration_changes_scores_and_not_what_is_seen(judges: JudgeSet):
    x = torch.rand(2, 3, SIZE, SIZE)
    before, whole, features, key = (
        judges(x),
        judges.whole(x),
        judges.features(x),
        judges.features_key(),
    )
    judges.scale.fill_(2)
    judges.shift.fill_(-1)
    judges.whole_scale.fill_(3)
    judges.whole_shift.fill_(1)
    torch.testing.assert_close(judges(x), 2 * before - 1)
    torch.testing.assert_close(judges.whole(x), 3 * whole + 1)
    assert torch.equal(judges.features(x), features)
    assert features.ndim == 2
    assert judges.features_key() == key
    assert len(key) == 16
    first = next(judges.of_place(WHOLE).trunk.parameters())
    first += 1
    assert judges.features_key() != key


def test_the_key_is_that_of_the_half_precision_that_files_hold(judges: JudgeSet):
    key = judges.features_key()
    assert judges.half().float().features_key() == key


@pytest.mark.parametrize("options", [{"kind": "other"}, {"kind": "plain", "size": 32}])
def test_judges_that_cannot_be_are_refused(options: dict):
    with pytest.raises(ConfigError, match=r"expected .*; found "):
        JudgesConfig(**options)
