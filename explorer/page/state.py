"""What one session holds: its recipe. Every control is drawn from it and edits it."""

import numpy as np
import streamlit as st

from explorer.map_figure import picked_id
from explorer.recipe import Recipe, Source


def recipe() -> Recipe:
    """The session's recipe; the mean face at first."""
    return st.session_state.setdefault("recipe", Recipe())


def set_recipe(new: Recipe) -> None:
    """Replace the session's recipe."""
    st.session_state["recipe"] = new


def edit_amount(bank: str, name: str | int, key: str) -> None:
    """Callback of a slider: take its value into the recipe."""
    set_recipe(recipe().with_amount(bank, name, st.session_state[key]))


def pick_on_map(key: str) -> None:
    """Callback of the map: the face of the clicked point becomes the source, edits stay."""
    picture = picked_id(st.session_state[key]["selection"])
    if picture is not None:
        set_recipe(recipe().with_source(Source("picture", picture)))


def random_face() -> None:
    """Callback: a face from a new seed, without edits."""
    set_recipe(Recipe(Source("seed", int(np.random.default_rng().integers(2**32)))))


def seed_face(key: str) -> None:
    """Callback: the face of the seed typed in."""
    set_recipe(recipe().with_source(Source("seed", st.session_state[key])))


def mean_face() -> None:
    """Callback: the mean of all codes, without edits."""
    set_recipe(Recipe(Source("mean")))


def reset_edits() -> None:
    """Callback: the source alone."""
    set_recipe(recipe().unedited())
