"""What is done on the map: a face picked or made at a place, and the group selected."""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.faces.selection import selected_rows
from explorer.language.text import _
from explorer.map.columns import columns
from explorer.map.layouts import layout
from explorer.page.state.notices import say
from explorer.page.state.recipes import recipe, set_recipe
from explorer.recipe.code_text import code_to_text
from explorer.recipe.recipe import Source
from explorer.run.run import Run, run_key

PATH = "path_on_map"
KEPT = ("colour", "view", "selected")  # query parameters, as in address.js
LONGEST = 4096  # letters of one


def pick_on_map(picked: str) -> None:
    """Of the map: the face of the clicked point, by its id, becomes the source, edits stay."""
    set_recipe(recipe().with_source(Source("picture", picked)))


def take_place(taken: dict[str, Any], run: Run) -> None:
    """Of the map: the face decoded at a place between the points becomes the source.

    taken: `place` and the name of its `layout`. One that cannot be made is said.
    """
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


def kept_of_map(run: Run, first_colour: str) -> dict[str, str]:
    """What the address holds of the map: a colour that the run has, and texts of the map's own for
    view and selection, which are checked in the browser.
    """
    kept = st.session_state.get("kept_of_map")
    if kept is None:
        kept = {name: st.query_params.get(name, "") for name in KEPT}
        if kept["colour"] not in {entry["name"] for entry in columns(run)}:
            kept["colour"] = ""
        st.session_state["kept_of_map"] = kept
    return {**kept, "colour": kept["colour"] or first_colour}


def keep_of_map(told: dict[str, Any]) -> None:
    """Of the map: the address holds others now. The browser has written them already; the very
    same address is no step that Back leads to.
    """
    kept = {name: str(told.get(name, ""))[:LONGEST] for name in KEPT}
    st.session_state["kept_of_map"] = kept
    _write_kept_of_map()


def _write_kept_of_map() -> None:
    """The address holds what it kept of the map, in the order that the browser would write it."""
    kept = st.session_state.get("kept_of_map", {})
    held = {name: st.query_params.get_all(name) for name in st.query_params}
    for name, text in kept.items():
        if text:
            held[name] = [text]
        else:
            held.pop(name, None)
    st.query_params.from_dict(held)


class PathOnMap(NamedTuple):
    """A straight path. ends: (2, d) float32, on the layout of that name."""

    layout: str
    ends: np.ndarray

    def places(self, count: int) -> np.ndarray:
        """(count, d) float32: at even steps from one end to the other."""
        first, last = self.ends
        return np.linspace(first, last, count).astype(np.float32)


def take_path(drawn: dict[str, Any], run: Run) -> None:
    """Of the map: a path was drawn, `ends` and the name of its `layout`; one that cannot be on it
    is none.
    """
    try:
        ends = np.array(drawn["ends"], np.float32)
        if not np.isfinite(ends).all() or len(ends) != 2:
            raise ValueError("expected two finite places")
        layout(run, drawn["layout"]).blend.at(ends)
    except (ValueError, KeyError, TypeError, AttributeError):  # LayoutError among them
        st.session_state.pop(PATH, None)
        return
    st.session_state[PATH] = run_key(run), PathOnMap(drawn["layout"], ends)


def path_on_map(run: Run) -> PathOnMap | None:
    """The latest path on the map of this very run."""
    key, drawn = st.session_state.get(PATH, ("", None))
    return drawn if key == run_key(run) else None


def take_selection(chosen: str, run: Run) -> None:
    """Of the map: a group was selected, as text, or nothing any more."""
    selected_rows(chosen, len(run.faces))  # raises for what the map cannot have sent
    st.session_state["selected"] = run_key(run), chosen


def selected_text(run: Run) -> str:
    """The selection on the map of this very run, as text; of another one's it is not one."""
    key, chosen = st.session_state.get("selected", ("", ""))
    return chosen if key == run_key(run) else ""


def selection(run: Run) -> np.ndarray:
    """(N,) bool: the faces selected on the map, in the order of `run.faces`."""
    return selected_rows(selected_text(run), len(run.faces))
