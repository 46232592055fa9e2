"""Filters: the faces that have, and have not, the attributes asked for."""

import numpy as np
import pytest

from explorer.filters import matching
from training.latents import Latents


@pytest.fixture
def four() -> Latents:
    """Four faces: neither, a smile, glasses, both."""
    return Latents(
        ids=np.array(["1.jpg", "2.jpg", "3.jpg", "4.jpg"]),
        partition=np.array(["validation"] * 4),
        mean=np.zeros((4, 2), np.float32),
        logvar=np.zeros((4, 2), np.float32),
        attributes=np.array(["Smiling", "Eyeglasses"]),
        labels=np.array([[0, 0], [1, 0], [0, 1], [1, 1]], bool),
        label_source="celeba",
        weights="0" * 16,
        data="0" * 16,
    )


@pytest.mark.parametrize(
    ("has", "has_not", "kept"),
    [
        ([], [], [0, 1, 2, 3]),
        (["Smiling"], [], [1, 3]),
        ([], ["Smiling"], [0, 2]),
        (["Smiling", "Eyeglasses"], [], [3]),
        ([], ["Smiling", "Eyeglasses"], [0]),
        (["Eyeglasses"], ["Smiling"], [2]),
        (["Smiling"], ["Smiling"], []),
    ],
)
def test_faces_with_all_of_these_and_none_of_those_are_kept(
    four: Latents, has: list[str], has_not: list[str], kept: list[int]
):
    found = matching(four, has, has_not)
    assert found.dtype == bool
    assert np.flatnonzero(found).tolist() == kept


def test_the_labels_are_not_touched(four: Latents):
    before = four.labels.copy()
    matching(four, ["Smiling", "Eyeglasses"], [])[:] = True
    np.testing.assert_array_equal(four.labels, before)


@pytest.mark.parametrize(("has", "has_not"), [(["Glasses"], []), ([], ["Glasses"])])
def test_an_unknown_attribute_is_refused_with_the_known_ones(
    four: Latents, has: list[str], has_not: list[str]
):
    with pytest.raises(KeyError, match="unknown attribute 'Glasses'; known: Smiling, Eyeglasses"):
        matching(four, has, has_not)
