"""What the editor tells, and whether open panels still show what it holds."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import streamlit as st

from explorer.language.text import _, n_
from explorer.page.state.kept import favourites, set_favourites
from explorer.page.state.messages import hear
from explorer.page.state.notices import say
from explorer.page.state.recipes import go_to, recipe, redo, set_recipe, undo
from explorer.recipe.compose import compose
from explorer.recipe.errors import LocksError, RecipeError
from explorer.recipe.favourites import checked
from explorer.recipe.link_text import recipe_of_link
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace

EDITOR = "editor"  # the key of the component on Explore


def after_editor(callback: Callable[..., None], space: LatentSpace) -> Callable[..., None]:
    """A callback that changes the recipe, and finds what the editor told before it.

    A click elsewhere lets the slider in hand go, and Streamlit hears of both at once: of two
    callbacks it may call the later one first.
    """

    @wraps(callback)
    def both(*args: Any) -> None:
        if EDITOR in st.session_state:
            hear_editor(space)
        callback(*args)

    return both


def hear_editor(space: LatentSpace) -> None:
    """Callback of the editor: what the user did there, oldest first. What cannot be is said.

    recipe: sliders were let go or a face was opened. step: -1 for undo, 1 for redo. address: the
    browser went back or forward to the face of that address. favourites: the list was changed, or
    is what the browser stored.
    """
    hear(
        EDITOR,
        {
            "recipe": partial(_take_recipe, space=space),
            "step": lambda way: undo() if way < 0 else redo(),
            "address": partial(_take_address, space=space),
            "favourites": partial(_take_favourites, space=space),
        },
    )


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
