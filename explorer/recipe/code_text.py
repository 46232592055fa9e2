"""A latent code as short text, so that a recipe and a link can hold the face of an own photo, and
an own direction with its name.

Half precision, little-endian, in the alphabet of addresses (RFC 4648, section 5): 684 characters
for 256 dimensions. The rounding moves no pixel of the decoded face by more than a level or two.
"""

import base64
import binascii
from functools import lru_cache

import numpy as np

LONGEST_NAME = 40  # characters of a direction's name
MOST_DIMENSIONS = 1024  # of a direction
FARTHEST = 64.0  # from 0, of a number; codes are a few units wide


def code_to_text(code: np.ndarray) -> str:
    """(D,) float code -> text; values beyond +-FARTHEST are clipped."""
    numbers = np.clip(code, -FARTHEST, FARTHEST).astype("<f2")
    return base64.urlsafe_b64encode(numbers.tobytes()).decode()


def code_from_text(text: str) -> np.ndarray:
    """Text of `code_to_text` -> (D,) float32, D >= 1. Raises ValueError for any other text."""
    expected = f"expected a code as base64 of half-precision numbers within +-{FARTHEST:g}"
    try:
        values = base64.b64decode(text.encode("ascii"), b"-_", validate=True)
        code = np.frombuffer(values, "<f2").astype(np.float32)
    except (ValueError, binascii.Error) as error:  # also UnicodeEncodeError
        raise ValueError(f"{expected}; found {text[:40]!r}") from error
    if not len(code) or not (np.abs(code) <= FARTHEST).all() or code_to_text(code) != text:
        raise ValueError(f"{expected}; found {text[:40]!r}")
    return code


def direction_to_text(name: str, vector: np.ndarray) -> str:
    """ "NAME:CODE", for `direction_from_text`. vector: (D,), not all 0.

    Raises ValueError for a name or a vector that cannot be.
    """
    text = f"{name}:{code_to_text(vector)}"
    direction_from_text(text)
    return text


@lru_cache(maxsize=256)  # the live route reads the same ones many times a second
def direction_from_text(text: str) -> tuple[str, np.ndarray]:
    """Name and vector, (D,) float32, read-only. Raises ValueError for any other text."""
    name, _, code = text.rpartition(":")
    if not name.isprintable() or name != name.strip() or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(
            f"expected an own direction with a name of 1 to {LONGEST_NAME} characters; "
            f"found {name[: LONGEST_NAME + 1]!r}"
        )
    vector = code_from_text(code)
    if len(vector) > MOST_DIMENSIONS or not vector.any():
        raise ValueError(
            f"expected a direction of at most {MOST_DIMENSIONS} dimensions that are not all 0; "
            f"found {len(vector)} dimensions{'' if vector.any() else ', all 0'} in {name!r}"
        )
    vector.setflags(write=False)
    return name, vector
