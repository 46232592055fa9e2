"""A place for a file: chosen, dropped, pasted or taken with the camera.

Its bytes come over the session's own connection, as any value of a component. Streamlit's uploader
sends them to an address of one server, where they stay until the session ends: a proxy before two
servers would have to know whose they are. shrink.js makes large pictures smaller, camera.js takes
them.
"""

import base64
import binascii
from pathlib import Path
from typing import NamedTuple

from explorer.components import component

_mount = component(Path(__file__).parent)


class GivenFile(NamedTuple):
    """number: another one for each file that is given."""

    name: str
    content: bytes
    number: str


def given_file(label: str, endings: tuple[str, ...], most: int, key: str) -> GivenFile | None:
    """Mount a place for a file, which stays given until it is taken away; None without one.

    endings: of the names of files that are offered, "json". most: bytes; the browser refuses larger
    ones, which whoever reads the file has to do, too.
    """
    found = _mount(key=key, data=_about(label, endings, most), on_file_change=_nothing)
    return _read(found.file)


def given_photo(
    label: str, endings: tuple[str, ...], most: int, side: int, key: str
) -> GivenFile | None:
    """Mount a place for a photo, which is given in one run alone: it is kept nowhere.

    side: pixels; the browser makes larger photos so large, where it can read them and they are not
    small files.
    """
    data = _about(label, endings, most) | {"side": side}
    found = _mount(key=key, data=data, on_photo_change=_nothing)
    return _read(found.photo)


def _about(label: str, endings: tuple[str, ...], most: int) -> dict[str, object]:
    return {"label": label, "endings": list(endings), "most": most, "side": None}


def _read(told: object) -> GivenFile | None:
    """What the browser told, which anybody can write; None for what is no file."""
    if not isinstance(told, dict):
        return None
    texts = [told.get(name) for name in ("name", "content", "number")]
    if not all(isinstance(text, str) for text in texts):
        return None
    name, content, number = map(str, texts)
    try:
        found = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return None
    return GivenFile(name[:200], found, number[:64])


def _nothing() -> None:
    """Has a component tell: what it told is what mounting it returns."""
