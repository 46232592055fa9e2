"""Filters: the faces that have, and have not, the attributes asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.faces.filters import Conditions, FilterError, id_words, matching, passing
from training.run.latents import Latents


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


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", [0, 1, 2, 3]),
        ("+Smiling", [1, 3]),
        ("|Smiling", [1, 3]),
        ("|Smiling |Eyeglasses", [1, 2, 3]),
        ("|Smiling |Eyeglasses -Smiling", [2]),
        ("+Smiling -Eyeglasses #2", [1]),
        ("#1 #4", [0, 3]),
        ("#.jpg +Smiling", [1, 3]),
        ("#7", []),
    ],
)
def test_conditions_are_met_together(four: Latents, text: str, kept: list[int]):
    found = passing(four, Conditions.from_text(text))
    assert found.dtype == bool
    assert np.flatnonzero(found).tolist() == kept


names = st.lists(st.sampled_from(["Smiling", "5_o_Clock_Shadow", "No_Beard"]), unique=True)
ids = st.lists(st.from_regex(r"[0-9]{1,6}(\.jpg)?", fullmatch=True), unique=True)


@given(has=names, has_any=names, has_not=names, ids=ids)
def test_conditions_survive_the_address(**parts):
    conditions = Conditions(**{name: tuple(words) for name, words in parts.items()})
    assert Conditions.from_text(conditions.to_text()) == conditions
    assert bool(conditions) == any(parts.values())


@pytest.mark.parametrize("text", ["Male", "+", "+Male ?Young", "*"])
def test_what_is_no_condition_is_refused(text: str):
    with pytest.raises(FilterError, match=r"expected \+Attribute, \|Attribute, -Attribute or #id"):
        Conditions.from_text(text)


@pytest.mark.parametrize("text", ["+Wings", "|Wings", "-Wings"])
def test_a_condition_on_an_unknown_attribute_is_refused(four: Latents, text: str):
    with pytest.raises(FilterError, match="unknown attribute 'Wings'; known: Smiling"):
        passing(four, Conditions.from_text(text))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ()),
        ("182638", ("182638",)),
        (" 182638, 182700.jpg;182638\n1 ", ("182638", "182700.jpg", "1")),
        ("#12 #13", ("12", "13")),
    ],
)
def test_pasted_ids_are_taken_apart(typed: str, words: tuple[str, ...]):
    assert id_words(typed) == words
