"""The session's recipe, and the recipes before and after it."""

import numpy as np
import streamlit as st

from explorer.recipe.compose import random_source
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import SEEDS
from explorer.recipe.space import LatentSpace

SHOWN_PAST = 12  # faces on the shelf; undo goes back further
LINK = "face"  # the query parameter that holds the recipe


def recipe() -> Recipe:
    """The session's recipe."""
    return st.session_state["recipe"]


def picture() -> str | None:
    """The id of the picture being edited, None when the face comes from elsewhere."""
    source = recipe().source
    return source.value if source.kind == "picture" else None


def set_recipe(new: Recipe) -> None:
    """Replace the session's recipe; the one before can be had back by `undo`."""
    old = recipe()
    if new == old:
        return
    st.session_state["past"].append(old)
    st.session_state["future"].clear()
    _show(new)


def undo() -> None:
    """Callback: back to the recipe before."""
    if can_undo():
        st.session_state["future"].append(recipe())
        _show(st.session_state["past"].pop())


def redo() -> None:
    """Callback: forward again to the recipe that `undo` left."""
    if can_redo():
        st.session_state["past"].append(recipe())
        _show(st.session_state["future"].pop())


def can_undo() -> bool:
    """Whether there is a recipe before this one."""
    return bool(st.session_state["past"])


def can_redo() -> bool:
    """Whether `undo` left a recipe."""
    return bool(st.session_state["future"])


def past() -> list[Recipe]:
    """The latest recipes before this one, newest first."""
    return st.session_state["past"][: -SHOWN_PAST - 1 : -1]


def random_face(space: LatentSpace) -> None:
    """Callback: the face of a new seed, without edits."""
    seed = int(np.random.default_rng().integers(SEEDS))
    set_recipe(recipe().fresh_face(random_source(seed, space)))


def mean_face() -> None:
    """Callback: the mean of all codes, without edits."""
    set_recipe(recipe().fresh_face(Source("mean")))


def reset_edits() -> None:
    """Callback: the source alone."""
    set_recipe(recipe().unedited())


def _show(new: Recipe) -> None:
    st.session_state["recipe"] = new
    st.query_params[LINK] = new.to_json()
