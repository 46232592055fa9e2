"""Computed once for all sessions: what several steps show and no control changes."""

import numpy as np
import streamlit as st

from explorer.learn.pictures import Pictures, gallery, pictures
from explorer.page.parts import choose_face
from explorer.run.loaded import Loaded

FACES = 8  # to choose from


def weights(model: Loaded) -> str:
    """The key of the model's weights, for caches."""
    return model.run.faces.weights


def rows(model: Loaded) -> np.ndarray:
    """Rows of the faces to choose from: (FACES,) int64."""
    return gallery(len(model.run.faces), FACES)


def gallery_pictures(model: Loaded, noise: bool = True) -> Pictures:
    """Their pictures, see `pictures`."""
    return _pictures(weights(model), model, noise)


def gallery_means(model: Loaded) -> np.ndarray:
    """What the decoder makes of their codes: (FACES, S, S, 3) uint8."""
    return _means(weights(model), model)


def pick(model: Loaded, label: str, key: str, first: int = 0) -> int:
    """Let one of the faces be chosen; returns its number in the gallery."""
    return choose_face(label, gallery_means(model), key, min(first, len(rows(model)) - 1))


@st.cache_resource(max_entries=4, show_spinner=False)
def _pictures(key: str, _model: Loaded, noise: bool) -> Pictures:
    return pictures(_model, rows(_model), noise)


@st.cache_resource(max_entries=4, show_spinner=False)
def _means(key: str, _model: Loaded) -> np.ndarray:
    return _model.renderer.decode(_model.run.faces.mean[rows(_model)])


def stack(*codes: np.ndarray) -> np.ndarray:
    """Codes (D,) as one batch: (B, D) float32."""
    return np.stack(codes).astype(np.float32)
