"""Computed once for all sessions: what several steps show and no control changes."""

import numpy as np
import streamlit as st

from explorer.learn.pictures import Pictures, gallery, pictures
from explorer.page.parts import choose_face
from explorer.run.loaded import Loaded

FACES = 8  # to choose from


def weights(loaded: Loaded) -> str:
    """The key of the model's weights, for caches."""
    return loaded.run.faces.weights


def rows(loaded: Loaded) -> np.ndarray:
    """Rows of the faces to choose from: (FACES,) int64."""
    return gallery(len(loaded.run.faces), FACES)


def gallery_pictures(loaded: Loaded, noise: bool = True) -> Pictures:
    """Their pictures, see `pictures`."""
    return _pictures(weights(loaded), loaded, noise)


def gallery_means(loaded: Loaded) -> np.ndarray:
    """What the decoder makes of their codes: (FACES, S, S, 3) uint8."""
    return _means(weights(loaded), loaded)


def pick(loaded: Loaded, label: str, key: str, first: int = 0) -> int:
    """Let one of the faces be chosen; returns its number in the gallery."""
    return choose_face(label, gallery_means(loaded), key, min(first, len(rows(loaded)) - 1))


@st.cache_resource(max_entries=4, show_spinner=False)
def _pictures(key: str, _loaded: Loaded, noise: bool) -> Pictures:
    return pictures(_loaded, rows(_loaded), noise)


@st.cache_resource(max_entries=4, show_spinner=False)
def _means(key: str, _loaded: Loaded) -> np.ndarray:
    return _loaded.renderer.decode(_loaded.run.faces.mean[rows(_loaded)])


def stack(*codes: np.ndarray) -> np.ndarray:
    """Codes (D,) as one batch: (B, D) float32."""
    return np.stack(codes).astype(np.float32)
