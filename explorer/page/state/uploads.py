"""Files that were given: the photo at hand, and which imports were taken already."""

import threading
from typing import NamedTuple, cast

import numpy as np
import streamlit as st
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from explorer.photo.align import Crop

LOOK_EVERY = 3.0  # seconds between looks at whether the page of a photo is still there


class Photo(NamedTuple):
    """The photo at hand, in memory only; dropped with the upload or with the session.

    file: id of the upload. pixels: (H, W, 3) uint8. found: the crop found, None without a face.
    """

    file: str
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


def drop_photo() -> None:
    """Forget it."""
    if (kept := st.session_state.pop("photo", None)) is not None:
        kept.photo = None


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
