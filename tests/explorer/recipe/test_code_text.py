"""Codes as text: the round trip, its rounding, and what is refused."""

import base64
import re

import numpy as np
import pytest

from explorer.recipe.code_text import (
    FARTHEST,
    MOST_DIMENSIONS,
    code_from_text,
    code_to_text,
    direction_from_text,
    direction_to_text,
)


def test_a_code_comes_back_rounded_to_half_precision():
    code = np.random.default_rng(0).normal(0, 3, 256).astype(np.float32)
    found = code_from_text(code_to_text(code))
    assert (found.shape, found.dtype) == ((256,), np.float32)
    np.testing.assert_allclose(found, code, rtol=2**-11)
    assert code_to_text(found) == code_to_text(code)


def test_256_dimensions_take_684_characters_that_an_address_may_hold():
    text = code_to_text(np.random.default_rng(0).normal(size=256))
    assert len(text) == 684
    assert re.fullmatch(r"[\w-]+=*", text)


def test_values_beyond_the_limit_are_clipped():
    np.testing.assert_array_equal(
        code_from_text(code_to_text(np.array([1e6, -np.inf, 1]))), [FARTHEST, -FARTHEST, 1]
    )


def text_of(*values: float) -> str:
    return base64.urlsafe_b64encode(np.array(values, "<f2").tobytes()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "AA==",
        "A A=",
        "ä",
        "AAAA\n",
        text_of(np.nan),
        text_of(1, np.inf),
        text_of(65),
        "//8=",
    ],
)
def test_other_text_is_refused(text: str):
    message = "expected a code as base64 of half-precision numbers within +-64; found "
    with pytest.raises(ValueError, match=f"^{re.escape(message + repr(text))}$"):
        code_from_text(text)


@pytest.mark.parametrize("name", ["Glasses", "a", "Big: nose", "Ähnlich 7", "x" * 40])
def test_a_direction_comes_back_with_its_name(name: str):
    vector = np.random.default_rng(1).normal(size=5)
    found, code = direction_from_text(direction_to_text(name, vector))
    assert found == name
    np.testing.assert_allclose(code, vector, rtol=2**-11)


def test_a_direction_that_was_read_cannot_be_changed_for_others():
    _, vector = direction_from_text(direction_to_text("Glasses", np.ones(3)))
    with pytest.raises(ValueError, match="read-only"):
        vector += 1


@pytest.mark.parametrize(
    ("name", "vector", "message"),
    [
        ("", np.ones(2), "expected an own direction with a name of 1 to 40 characters; found ''"),
        (" a", np.ones(2), "expected an own direction with a name of 1 to 40 characters"),
        ("a\n", np.ones(2), "expected an own direction with a name of 1 to 40 characters"),
        ("x" * 41, np.ones(2), "expected an own direction with a name of 1 to 40 characters"),
        ("a", np.zeros(3), "dimensions that are not all 0; found 3 dimensions, all 0 in 'a'"),
        (
            "a",
            np.ones(MOST_DIMENSIONS + 1),
            "at most 1024 dimensions that are not all 0; found 1025",
        ),
        ("a", np.zeros(0), "expected a code as base64"),
        ("a", np.array([np.nan]), "expected a code as base64"),
    ],
)
def test_directions_that_cannot_be_are_refused(name: str, vector: np.ndarray, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        direction_to_text(name, vector)


def test_text_without_a_name_is_no_direction():
    with pytest.raises(ValueError, match=r"^expected an own direction with a name"):
        direction_from_text(code_to_text(np.ones(3)))
