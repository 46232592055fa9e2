"""What one session holds: its recipe and the recipes before and after it."""

import numpy as np
import streamlit as st

from explorer.recipe import Recipe, RecipeError, Source
from explorer.run import Run
from explorer.space import compose

MOST_KEPT, MOST_PAST = 24, 12  # faces on the shelf
LINK = "face"  # the query parameter that holds the recipe


def open_session(run: Run) -> None:
    """Give a new session its recipe: the one in the address, otherwise the run's first one.

    An address that holds no face of this run is said, and the page opens all the same.
    """
    if "recipe" in st.session_state:
        if LINK not in st.query_params and recipe() != run.start:  # back from another page
            st.query_params[LINK] = recipe().to_json()
        return
    st.session_state.update(recipe=run.start, past=[], future=[], kept=[], revision=0)
    if LINK in st.query_params:
        try:
            linked = Recipe.from_json(st.query_params[LINK])
            compose(linked, run.space)
            st.session_state["recipe"] = linked
        except RecipeError:  # its text may hold the address, which a toast would render
            st.toast("This model cannot show the face in the address: here is the mean face.")


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


def _show(new: Recipe) -> None:
    st.session_state["recipe"] = new
    st.query_params[LINK] = new.to_json()


def revision() -> int:
    """Number of the editor's latest message taken."""
    return st.session_state["revision"]


def take_message(key: str) -> None:
    """Callback of the editor: the user let go of a slider."""
    message = st.session_state[key]["recipe"]
    st.session_state["revision"] = message["revision"]
    set_recipe(Recipe.from_data(message["recipe"]))


def take_kept(key: str) -> None:
    """Callback of the editor: the user kept or dropped a face; the newest of too many stay."""
    recipes = dict.fromkeys(
        Recipe.from_data(data).to_json() for data in st.session_state[key]["kept"]
    )
    st.session_state["kept"] = [Recipe.from_json(text) for text in recipes][-MOST_KEPT:]


def kept() -> list[Recipe]:
    """The faces that the user kept, oldest first."""
    return st.session_state["kept"]


def past() -> list[Recipe]:
    """The latest recipes before this one, newest first."""
    return st.session_state["past"][: -MOST_PAST - 1 : -1]


def pick_on_map(key: str) -> None:
    """Callback of the map: the face of the clicked point becomes the source, edits stay."""
    set_recipe(recipe().with_source(Source("picture", st.session_state[key]["picked"])))


def random_face() -> None:
    """Callback: the face of a new seed, without edits."""
    set_recipe(recipe().start(Source("seed", int(np.random.default_rng().integers(2**32)))))


def mean_face() -> None:
    """Callback: the mean of all codes, without edits."""
    set_recipe(recipe().start(Source("mean")))


def reset_edits() -> None:
    """Callback: the source alone."""
    set_recipe(recipe().unedited())
