"""A group of faces selected on the map, as it passes between browser and page: packed bits."""

import base64

import numpy as np


def selected_rows(text: str, count: int) -> np.ndarray:
    """(count,) bool: the rows that a selection on the map names, as base64 of packed bits.

    Raises ValueError for what is not the text of `count` rows; "" names none.
    """
    if not text:
        return np.zeros(count, bool)
    bits = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    if len(bits) != -(-count // 8):
        raise ValueError(f"expected a selection of {count} faces; found {len(bits)} bytes")
    rows = np.unpackbits(bits, bitorder="little").astype(bool)
    if rows[count:].any():
        raise ValueError(f"expected a selection of {count} faces; found one beyond the last")
    return rows[:count]
