"""Files that were given: the photo at hand, and which imports were taken already."""

import threading
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.photo.align import Crop

LOOK_EVERY = 3.0  # seconds between looks at whether the page of a photo is still there


class Photo(NamedTuple):
    """The photo at hand, in memory only; dropped when its panel is closed, or the page.

    number: another one for each. pixels: (H, W, 3) uint8. found: the crop found, None without a
    face.
    """

    number: str
    pixels: np.ndarray
    found: Crop | None


class _Kept:
    """What a session has of a photo until its page is closed."""

    def __init__(self, photo: Photo):
        self.photo: Photo | None = photo

    def watch(self, session: str) -> None:
        """Forget the photo soon after the page has gone; Streamlit keeps the session longer."""
        if self.photo is not None and runtime.exists():
            if runtime.get_instance().is_active_session(session):
                again = threading.Timer(LOOK_EVERY, self.watch, (session,))
                again.daemon = True
                again.start()
            else:
                self.photo = None


def photo() -> Photo | None:
    """The photo at hand, None without one."""
    kept = st.session_state.get("photo")
    return None if kept is None else kept.photo


def keep_photo(new: Photo) -> None:
    """Replace it."""
    drop_photo()
    st.session_state["photo"] = kept = _Kept(new)
    if (session := get_script_run_ctx()) is not None:
        kept.watch(session.session_id)


def drop_photo() -> bool:
    """Forget it; whether there was one."""
    if (kept := st.session_state.pop("photo", None)) is None:
        return False
    kept.photo = None
    return True


def is_new(kind: str, number: str) -> bool:
    """Whether a file of a kind is met for the first time: it stays in its place.

    Asking makes it known; the files of a kind before it are forgotten.
    """
    known = st.session_state.get(f"imported_{kind}") == number
    st.session_state[f"imported_{kind}"] = number
    return not known


def import_problems() -> list[str]:
    """What was not as in the file of the latest import of favourites."""
    return st.session_state["import_problems"]


def set_import_problems(problems: list[str]) -> None:
    """Note them."""
    st.session_state["import_problems"] = problems
