"""The map: where the encoded faces lie, coloured and filtered by attributes."""

import numpy as np
import streamlit as st

from explorer.components.face_map import face_map
from explorer.filters import matching
from explorer.lenses import LENSES
from explorer.map_route import columns, map_key, selected_rows
from explorer.names import attribute_name
from explorer.page import state
from explorer.recipe import Recipe
from explorer.run import Run

FIRST_COLOUR = "Smiling"
COLOUR, SELECTED = "colour_by", "selected"  # in the session's state
LENS_HELP = (
    "**attributes** lays out how clearly faces have each attribute, so colours gather. **codes** "
    "lays out the codes themselves: one cloud, because a VAE keeps them near N(0, I). **mix** "
    "takes both, half and half."
)


@st.fragment
def show_map(run: Run, shown: Recipe) -> None:
    """Lens and filter controls, the map, and how many faces are left; redrawn on its own.

    shown: the recipe that the rest of the page shows.
    """
    if state.recipe() != shown:
        st.rerun()  # the editor, too
    faces = run.faces
    names = [str(name) for name in faces.attributes]
    colour_by = st.session_state.setdefault(
        COLOUR, FIRST_COLOUR if FIRST_COLOUR in names else names[0]
    )
    lens_name = st.segmented_control(
        "Lens", LENSES, default=LENSES[0], required=True, key="lens", help=LENS_HELP
    )
    left, right = st.columns(2)
    has = left.multiselect(
        "Filter: has", names, format_func=attribute_name, key="has", placeholder="any attribute"
    )
    has_not = right.multiselect(
        "Filter: has not", names, format_func=attribute_name, key="has_not", placeholder="none"
    )
    keep = matching(faces, has, has_not)
    face_map(
        "face_map",
        run_key=map_key(run),
        count=len(faces),
        layout=f"{lens_name}/umap2",
        colour=colour_by,
        filter_text=" ".join([*(f"+{name}" for name in has), *(f"-{name}" for name in has_not)]),
        picked=state.picture(),
        on_picked_change=lambda: state.pick_on_map("face_map"),
        on_colour_change=lambda: _take_colour(run),
        selected=_selected(run),
        on_selected_change=lambda: _take_selection(run),
    )
    if keep.any():
        coloured = ""
        if colour_by in names:
            having = int((keep & faces.label(colour_by)).sum())
            coloured = f", **{having:,}** of them with {attribute_name(colour_by)}"
        st.markdown(
            f"**{keep.sum():,}** of {len(faces):,} faces ({keep.mean():.1%}){coloured}. "
            "Click a point to edit that face."
        )
    else:
        st.warning(
            "No face passes this filter: take an attribute away.", icon=":material/filter_alt:"
        )
    if group := int(selection(run).sum()):
        st.markdown(f"**{group:,}** faces selected.")
    whose = (
        "CelebA's own annotation"
        if faces.label_source == "celeba"
        else "predicted by linear probes on the codes, not CelebA's annotation"
    )
    st.caption(
        f"Labels: {whose}. UMAP, {run.face_map.n_neighbors} neighbours, seed {run.face_map.seed}."
    )


def selection(run: Run) -> np.ndarray:
    """(N,) bool: the faces selected on the map, in the order of `run.faces`."""
    return selected_rows(_selected(run), len(run.faces))


def _take_colour(run: Run) -> None:
    """Callback of the map: it is coloured by another column."""
    chosen = st.session_state["face_map"]["colour"]
    if any(chosen == known["name"] for known in columns(run)):
        st.session_state[COLOUR] = chosen


def _take_selection(run: Run) -> None:
    """Callback of the map: a group was selected, or nothing any more."""
    chosen = st.session_state["face_map"]["selected"]
    selected_rows(chosen, len(run.faces))  # raises for what the map cannot have sent
    st.session_state[SELECTED] = map_key(run), chosen


def _selected(run: Run) -> str:
    """The selection on the map of this very run; of another one's it is not one."""
    key, chosen = st.session_state.get(SELECTED, ("", ""))
    return chosen if key == map_key(run) else ""
