"""What the editor tells, and whether open panels still show what it holds."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from explorer.language.text import _, n_
from explorer.page.state.kept import favourites, set_favourites
from explorer.page.state.notices import say
from explorer.page.state.recipes import go_to, recipe, redo, set_recipe, undo
from explorer.page.state.widgets import told
from explorer.recipe.compose import compose
from explorer.recipe.errors import LocksError, RecipeError
from explorer.recipe.favourites import checked
from explorer.recipe.link_text import recipe_of_link
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace

EDITOR = "editor"  # the key of the component on Explore


def revision() -> int:
    """Number of the editor's latest message taken."""
    return st.session_state["revision"]


def after_editor(callback: Callable[..., None], space: LatentSpace) -> Callable[..., None]:
    """A callback that changes the recipe, and finds what the editor told before it.

    A click elsewhere lets the slider in hand go, and Streamlit hears of both at once: of two
    callbacks it may call the later one first.
    """

    @wraps(callback)
    def both(*args: Any) -> None:
        if EDITOR in st.session_state:
            take_messages(EDITOR, space)
        callback(*args)

    return both


def take_messages(key: str, space: LatentSpace) -> None:
    """Callback of the editor: what the user did there, oldest first.

    A message is {"revision"} and one of {"recipe"}: sliders were let go or a face was opened,
    {"step"}: -1 for undo, 1 for redo, {"address"}: the browser went back or forward to the face of
    that address, {"favourites"}: the list was changed, or is what the browser stored. Those taken
    before are told again and skipped. One that cannot be is said.
    """
    for message in told(key).get("messages") or ():
        if message["revision"] <= revision():
            continue
        st.session_state["revision"] = message["revision"]
        if "recipe" in message:
            _take_recipe(message["recipe"], space)
        elif "step" in message:
            undo() if message["step"] < 0 else redo()
        elif "address" in message:
            _take_address(message["address"], space)
        elif "favourites" in message:
            _take_favourites(message["favourites"], space)


def _take_address(text: str | None, space: LatentSpace) -> None:
    new = None
    if text is not None:
        try:
            new = recipe_of_link(text)
            compose(new, space)
        except RecipeError:
            say(_("This model cannot show the face in the address; the one before stays."))
            return
    go_to(new)


def _take_recipe(values: Any, space: LatentSpace) -> None:
    try:
        new = Recipe.from_data(values)
        compose(new, space)
    except LocksError:
        say(_("The locks leave nothing of a slider that is moved: release one, or move it back."))
    except RecipeError:
        say(_("This model cannot show that face; the one before stays."))
    else:
        set_recipe(new)


def _take_favourites(values: Any, space: LatentSpace) -> None:
    found = checked(values, space)
    set_favourites(found.favourites)
    if count := len(found.problems):
        say(
            n_(
                "One favourite was left out: this model cannot show it, or there are too many.",
                "{count} favourites were left out: this model cannot show them, or there are too "
                "many.",
                count,
            ).format(count=count)
        )


def panel_shows(panel: str, shown: bool) -> None:
    """Note that a panel was drawn for the face and favourites of now, or not at all."""
    panels = st.session_state.setdefault("panels", {})
    panels[panel] = (recipe(), favourites()) if shown else None


def panels_are_stale() -> bool:
    """Whether a panel that is open shows what is no longer so."""
    now = (recipe(), favourites())
    return any(shown not in (None, now) for shown in st.session_state.get("panels", {}).values())
