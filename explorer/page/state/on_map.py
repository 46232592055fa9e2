"""What is done on the map: a face picked or made at a place, and the group selected."""

import numpy as np
import streamlit as st

from explorer.faces.selection import selected_rows
from explorer.language.text import _
from explorer.map.layouts import layout
from explorer.page.state.notices import say
from explorer.page.state.recipes import recipe, set_recipe
from explorer.page.state.widgets import told
from explorer.recipe.code_text import code_to_text
from explorer.recipe.recipe import Source
from explorer.run.run import Run, run_key


def pick_on_map(key: str) -> None:
    """Callback of the map: the face of the clicked point becomes the source, edits stay."""
    set_recipe(recipe().with_source(Source("picture", told(key)["picked"])))


def take_place(key: str, run: Run) -> None:
    """Callback of the map: the face decoded at a place between the points becomes the source.

    One that cannot be made is said.
    """
    taken = told(key)["taken"]
    try:
        places = np.array([taken["place"]], np.float32)
        codes, support = layout(run, taken["layout"]).blend.at(places)
    except (ValueError, KeyError, TypeError, AttributeError):  # LayoutError among them
        say(_("That place is not on this map: point at the map once more."))
        return
    if not support[0] > 0:  # NaN is not either
        say(_("No faces lie near that place to make one from: take a place nearer to the points."))
        return
    set_recipe(recipe().with_source(Source("code", code_to_text(codes[0]))))


def take_selection(key: str, run: Run) -> None:
    """Callback of the map: a group was selected, or nothing any more."""
    chosen = told(key)["selected"]
    selected_rows(chosen, len(run.faces))  # raises for what the map cannot have sent
    st.session_state["selected"] = run_key(run), chosen


def selected_text(run: Run) -> str:
    """The selection on the map of this very run, as text; of another one's it is not one."""
    key, chosen = st.session_state.get("selected", ("", ""))
    return chosen if key == run_key(run) else ""


def selection(run: Run) -> np.ndarray:
    """(N,) bool: the faces selected on the map, in the order of `run.faces`."""
    return selected_rows(selected_text(run), len(run.faces))
