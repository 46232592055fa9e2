"""A photo with a frame on it, which is dragged, zoomed and turned by hand or by keys.

crop.js is what moves do to the frame, photo_frame.js what the hand does. Python hears of the frame
once, when the hand rests.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from explorer.components import component

_mount = component(Path(__file__).parent)


def photo_frame(
    picture: str,
    size: tuple[int, int],
    crop: Sequence[float],
    found: bool,
    photo: str,
    key: str,
) -> tuple[float, float, float, float] | None:
    """Mount the photo; returns the frame set by hand, None while it is where it was found.

    picture: address of the photo. size: width and height of the photo in its pixels, in which all
    numbers are. crop: where the frame is at first: x and y of its centre, its side, and degrees
    clockwise. found: whether a face was found there. photo: which photo it is.
    """
    data = {"picture": picture, "size": size, "crop": crop, "found": found, "photo": photo}
    told = _mount(key=key, data=data, on_moved_change=_nothing).moved
    if not isinstance(told, dict) or told.get("photo") != photo:
        return None
    return _numbers(told.get("crop"))


def _numbers(told: object) -> tuple[float, float, float, float] | None:
    """Four finite numbers; None for anything else that a browser may say."""
    if not isinstance(told, list) or len(told) != 4:
        return None
    if not all(isinstance(n, int | float) and abs(n) < 1e6 and math.isfinite(n) for n in told):
        return None
    x, y, side, angle = map(float, told)
    return x, y, side, angle


def _nothing() -> None:
    """Has a component tell: what it told is what mounting it returns."""
