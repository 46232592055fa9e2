"""Files that were given: the photo at hand, and which imports were taken already."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.photo.align import Crop


class Photo(NamedTuple):
    """The photo at hand, in memory only; dropped with the upload or with the session.

    file: id of the upload. pixels: (H, W, 3) uint8. found: the crop found, None without a face.
    """

    file: str
    pixels: np.ndarray
    found: Crop | None


def photo() -> Photo | None:
    """The photo at hand, None without one."""
    return st.session_state.get("photo")


def keep_photo(new: Photo) -> None:
    """Replace it."""
    st.session_state["photo"] = new


def drop_photo() -> None:
    """Forget it."""
    st.session_state.pop("photo", None)


def is_new(kind: str, file_id: str) -> bool:
    """Whether a file of a kind is met for the first time: it stays in its uploader.

    Asking makes it known; the files of a kind before it are forgotten.
    """
    known = st.session_state.get(f"imported_{kind}") == file_id
    st.session_state[f"imported_{kind}"] = file_id
    return not known


def import_problems() -> list[str]:
    """What was not as in the file of the latest import of favourites."""
    return st.session_state["import_problems"]


def set_import_problems(problems: list[str]) -> None:
    """Note them."""
    st.session_state["import_problems"] = problems
