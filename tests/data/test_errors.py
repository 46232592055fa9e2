"""Errors for people: three lines, and the same after a way through another process."""

import pickle

import pytest

from data.errors import DataError, ErrorForPeople
from explorer.photo.photo import PhotoError
from explorer.recipe.directions import DirectionError
from training.run.run_folder import RunError


@pytest.mark.parametrize("kind", [ErrorForPeople, DataError, RunError, DirectionError, PhotoError])
def test_all_of_them_say_the_same_three_things(kind: type[ErrorForPeople]):
    error = pickle.loads(pickle.dumps(kind("a face", "a cat", "look again")))
    assert type(error) is kind
    assert isinstance(error, ValueError)
    assert str(error) == "expected: a face\nfound: a cat\nnext: look again"
    assert (error.expected, error.found, error.next) == ("a face", "a cat", "look again")
