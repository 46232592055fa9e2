"""The faces that the steps let one choose from: the same in all steps, computed once for all."""

import numpy as np
import streamlit as st

from explorer.language.text import _
from explorer.learn.pictures import FacePictures, evenly_spread
from explorer.learn.pictures import pictures as pictures_of_rows
from explorer.page.learn.parts import cache_key
from explorer.page.parts import data_uri
from explorer.run.loaded import Loaded

FACES = 8  # to choose from


def rows(loaded: Loaded) -> np.ndarray:
    """Rows of the faces to choose from: (FACES,) int64."""
    return evenly_spread(len(loaded.run.faces), FACES)


def pictures(loaded: Loaded, noise: bool = True) -> FacePictures:
    """Their pictures; noise: as in explorer/learn/pictures.py."""
    return _pictures(cache_key(loaded), loaded, noise)


def means(loaded: Loaded) -> np.ndarray:
    """What the decoder makes of their codes: (FACES, S, S, 3) uint8."""
    return _means(cache_key(loaded), loaded)


def pick(loaded: Loaded, label: str, key: str, first: int = 0) -> int:
    """Let one of the faces be chosen; returns its number in the gallery."""
    return choose_face(label, means(loaded), key, min(first, len(rows(loaded)) - 1))


def choose_face(
    label: str, thumbnails: np.ndarray, key: str, first: int = 0, numbered: bool = False
) -> int:
    """Buttons with faces on them; returns the number of the chosen one, from 0.

    thumbnails: (N, S, S, 3) uint8. key: unique on the page. numbered: with numbers, from 1.
    """
    pictures = []
    for k, face in enumerate(thumbnails, 1):
        name = _("face {number}").format(number=k)
        pictures.append(f"![{name}]({data_uri(face)})" + f" {k}" * numbered)
    return st.segmented_control(
        label,
        range(len(pictures)),
        format_func=pictures.__getitem__,
        default=first,
        required=True,
        key=f"face-{key}",
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _pictures(key: str, _loaded: Loaded, noise: bool) -> FacePictures:
    return pictures_of_rows(_loaded, rows(_loaded), noise)


@st.cache_resource(max_entries=4, show_spinner=False)
def _means(key: str, _loaded: Loaded) -> np.ndarray:
    return _loaded.renderer.decode(_loaded.run.faces.mean[rows(_loaded)])
