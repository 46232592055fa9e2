"""The map: where the encoded faces lie, through a lens, coloured, filtered, in groups."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.components.face_map import face_map
from explorer.faces.prepared_pictures import has_pictures
from explorer.language.text import _
from explorer.map.columns import first_colour
from explorer.page import state
from explorer.page.explore.group_panel import show_group
from explorer.page.explore.map_filter import show_filter
from explorer.page.explore.map_lens import FIGURES_HELP, lens_facts, show_lens
from explorer.page.explore.twin_map import show_twin_map, show_twin_switch
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded
from explorer.run.run import Run, run_key

MAP = "face_map"
FIRST_COLOUR = "Smiling"
# What is above it and below it is left free, so that it takes the rest of the window.
HEIGHT = "max(300px, 100vh - 21rem)"


@st.fragment
def show_map(loaded: Loaded, shown: Recipe) -> None:
    """Lens and filter, the map, how many faces are left, and the group; redrawn on its own.

    shown: the recipe that the rest of the page shows.
    """
    if state.recipe() != shown:
        st.rerun()  # the editor, too
    state.show_notices()
    run = loaded.run
    first = first_colour(run, FIRST_COLOUR)
    kept = state.kept_of_map(run, first)
    colour = kept["colour"]
    chosen = show_lens(run, first)
    with st.container(horizontal=True, vertical_alignment="center", key="filter_row"):
        conditions, keep = show_filter(run)
        show_twin_switch(loaded)  # above, so that it stays where it is when the other map comes
    with st.container(key="maps"):
        face_map(
            MAP,
            run_key=run_key(run),
            count=len(run.faces),
            layout=chosen.name,
            colour=colour,
            filter_text=conditions.to_text(),
            picked=state.picture(),
            height=HEIGHT,
            pictures=has_pictures(run.faces),
            takes=True,
            selected=state.selected_text(run),
            first_colour=first,
            opening=kept,
            heard=state.heard(MAP),
            on_messages_change=partial(_hear, run),
        )
        show_twin_map(loaded, chosen.name, colour, conditions.to_text(), HEIGHT)
    _tell_counts(keep)
    whose = (
        _("CelebA's own annotation")
        if run.faces.annotated
        else _("predicted by linear probes on the codes, not CelebA's annotation")
    )
    with st.spinner(_("Measuring how far this layout can be believed …")):
        facts = lens_facts(chosen)
    if len(run.faces.attributes):
        facts = _("{facts} Labels: {whose}.").format(facts=facts, whose=whose)
    st.caption(facts, help=_(FIGURES_HELP))
    group = state.selection(run)
    if group.any():
        show_group(loaded, group, _("selected"))
    elif conditions:
        show_group(loaded, keep, _("pass the filter"))
    else:
        show_group(loaded, group, "")


def _hear(run: Run) -> None:
    """Callback of the map: what was done there."""
    state.hear(
        MAP,
        {
            "picked": state.after_editor(state.pick_on_map, run.space),
            "taken": state.after_editor(partial(state.take_place, run=run), run.space),
            "selected": partial(state.take_selection, run=run),
            "path": partial(state.take_path, run=run),
            "kept": state.keep_of_map,
        },
    )


def _tell_counts(keep: np.ndarray) -> None:
    if not keep.any():
        st.warning(
            _("No face passes this filter: take a condition away."), icon=":material/filter_alt:"
        )
        return
    st.markdown(
        _(
            "**{count:,}** of {total:,} faces ({share:.1%}). "
            "Click a point to edit that face; your edits stay on."
        ).format(count=keep.sum(), total=len(keep), share=keep.mean())
    )
