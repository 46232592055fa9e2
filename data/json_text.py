"""JSON that nobody vouches for: of a browser, a link, or a file that someone chose or damaged."""

import json
from pathlib import Path
from typing import Any


class TooLarge(ValueError):
    """A text longer than is read."""


def parse_json(text: str | bytes, largest: int | None = None) -> Any:
    """Plain data of a JSON text; its shape is for the caller to check.

    Raises TooLarge above `largest` characters or bytes, ValueError for all else that is no JSON:
    also for what is nested deeper than Python reads, and for what is no text.
    """
    if largest is not None and len(text) > largest:
        raise TooLarge(f"{len(text):,} characters, where {largest:,} are the most")
    try:
        return json.loads(text)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def read_json(path: Path) -> Any:
    """Plain data of a JSON file. Raises OSError and, as `parse_json`, ValueError."""
    return parse_json(path.read_text(encoding="utf-8"))
