"""JSON that nobody vouches for: read, or refused with a ValueError, whatever it is."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.json_text import TooLarge, parse_json, read_json

DEEP = "[" * 100_000 + "]" * 100_000  # deeper than Python reads
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_what_was_written_is_read(value: Any):
    text = json.dumps(value)
    assert parse_json(text) == parse_json(text.encode()) == value


@given(st.text() | st.binary())
def test_anything_is_read_or_refused(text: str | bytes):
    with contextlib.suppress(ValueError):  # and nothing else
        parse_json(text)


NO_JSON = [DEEP, "9" * 10_000, b"\xff\xfe\x00", "", None, 7]


@pytest.mark.parametrize("text", NO_JSON, ids=lambda text: repr(text)[:9])
def test_what_is_no_json_is_refused(text: Any):
    with pytest.raises(ValueError):  # noqa: PT011, whatever it says
        parse_json(text)


def test_a_text_is_as_long_as_it_may_be():
    assert parse_json(b"[1, 2]", 6) == [1, 2]
    with pytest.raises(TooLarge, match="6 characters, where 5 are the most"):
        parse_json(b"[1, 2]", 5)
    with pytest.raises(TooLarge):
        parse_json(DEEP, 10)


def test_a_file_is_read_or_refused(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text('{"ü": 1}', encoding="utf-8")
    assert read_json(path) == {"ü": 1}
    path.write_bytes(b'{"\xff": 1}')
    with pytest.raises(ValueError, match="can't decode byte 0xff"):
        read_json(path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none")
