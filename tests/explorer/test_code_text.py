"""Codes as text: the round trip, its rounding, and what is refused."""

import base64
import re

import numpy as np
import pytest

from explorer.code_text import LIMIT, code_from_text, code_to_text


def test_a_code_comes_back_rounded_to_half_precision():
    code = np.random.default_rng(0).normal(0, 3, 128).astype(np.float32)
    found = code_from_text(code_to_text(code))
    assert (found.shape, found.dtype) == ((128,), np.float32)
    np.testing.assert_allclose(found, code, rtol=2**-11)
    assert code_to_text(found) == code_to_text(code)


def test_128_dimensions_take_344_characters_that_an_address_may_hold():
    text = code_to_text(np.random.default_rng(0).normal(size=128))
    assert len(text) == 344
    assert re.fullmatch(r"[\w-]+=*", text)


def test_values_beyond_the_limit_are_clipped():
    np.testing.assert_array_equal(
        code_from_text(code_to_text(np.array([1e6, -np.inf, 1]))), [LIMIT, -LIMIT, 1]
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
