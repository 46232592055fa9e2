"""The session's recipe, and the recipes before and after it."""

import numpy as np
import streamlit as st

from explorer.recipe.compose import random_source
from explorer.recipe.link_text import PARAMETER, link_text
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import SEEDS, USUAL
from explorer.recipe.space import LatentSpace

SHOWN_PAST = 12  # faces on the shelf; undo goes back further


def link() -> str:
    """The query parameter that holds the recipe."""
    return PARAMETER


def recipe() -> Recipe:
    """The session's recipe."""
    return st.session_state["recipe"]


def picture() -> str | None:
    """The id of the picture being edited, None when the face comes from elsewhere."""
    source = recipe().source
    return source.value if source.kind == "picture" else None


def set_recipe(new: Recipe, private: bool = False) -> None:
    """Replace the session's recipe; the one before can be had back by `undo`.

    private: its source is the code of somebody's photo, which enters no address by itself.
    """
    if private:
        st.session_state["private"] = {*_private(), new.source.value}
    old = recipe()
    if new == old:
        return
    st.session_state["past"].append(old)
    st.session_state["future"].clear()
    _show(new)


def go_to(new: Recipe | None) -> None:
    """The browser went back or forward to the address of a recipe, None for one without a face,
    which is that of the first recipe. Where undo or redo lead there, that is what happens.
    """
    new = st.session_state["first"] if new is None else new
    past, future = st.session_state["past"], st.session_state["future"]
    for before, after in ((past, future), (future, past)):
        if new in before:
            while recipe() != new:
                after.append(recipe())
                st.session_state["recipe"] = before.pop()
            return
    if new != recipe():
        past.append(recipe())
        future.clear()
        st.session_state["recipe"] = new


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


def add_edit(attribute: str, strength: float) -> None:
    """Callback: an attribute of the face at hand is set."""
    set_recipe(recipe().with_amount("attributes", attribute, strength))


def random_face(space: LatentSpace, temperature: float = USUAL) -> None:
    """Callback: the face of a new seed; edits stay. temperature: of the flow's noise."""
    set_recipe(recipe().with_source(_new_source(space, temperature)))


def start_walk(space: LatentSpace) -> None:
    """Callback: the editor walks from the face at hand to a random one."""
    before = walk()
    number = 1 + (before["number"] if before else 0)
    other = recipe().fresh_face(_new_source(space))
    ends = {"from": recipe().to_data(), "to": other.to_data()}
    st.session_state["walk"] = {"number": number} | ends


def walk() -> dict | None:
    """The latest walk that was asked for: number, from and to (Recipe.to_data)."""
    return st.session_state.get("walk")


def _new_source(space: LatentSpace, temperature: float = USUAL) -> Source:
    seed = int(np.random.default_rng().integers(SEEDS))
    return random_source(seed, space, temperature)


def mean_face() -> None:
    """Callback: the mean of all codes, without edits."""
    set_recipe(recipe().fresh_face(Source("mean")))


def _show(new: Recipe) -> None:
    st.session_state["recipe"] = new
    write_address()


def write_address() -> None:
    """The address holds the recipe: one more place that Back leads to."""
    if is_private():
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = link_text(recipe())


def is_private() -> bool:
    """Whether the face at hand is made from somebody's photo: a link to it would hold that."""
    return not _private().isdisjoint(_codes(recipe().source))


def _private() -> set[str]:
    return st.session_state.get("private", set())


def _codes(source: Source) -> set[str]:
    """The codes that a source holds, those of the parts of a mix too."""
    if source.kind == "mix":
        return set().union(*(_codes(part.source) for _, part in source.value))
    return {source.value} if source.kind == "code" else set()
