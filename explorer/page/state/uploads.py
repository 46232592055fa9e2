"""Files that were given: the photo at hand, and which imports were taken already."""

from typing import NamedTuple, cast

import numpy as np
import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

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


def empty_upload(upload: UploadedFile) -> None:
    """Let the server forget the bytes of a file that was read; the uploader goes on showing it."""
    if (session := get_script_run_ctx()) is not None:
        known = UploadedFileRec(upload.file_id, upload.name, upload.type, b"")
        files = cast(MemoryUploadedFileManager, session.uploaded_file_mgr)
        files.add_file(session.session_id, known)


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
