"""The pane beside the face: the map, the grid, the favourites or the report card."""

import streamlit as st

from explorer.components.editor_part import editor_part
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.explore.map_panel import show_map
from explorer.page.explore.report_panel import show_report
from explorer.run.loaded import Loaded

PANE, OPEN = "pane", "pane_open"  # keys: of the tabs; of which one of TABS is open
TABS = (N_("Map"), N_("Grid"), N_("Kept faces"), N_("Report card"))


def show_pane(loaded: Loaded) -> None:
    """All of them are there from the beginning, so that a click shows one at once; but the report
    is made when it is looked at.
    """
    state.read_linked(PANE, lambda told: told[0] if told and told[0] in TABS else TABS[0])
    labels = [_(tab) for tab in TABS]
    if (tab := state.widget(PANE)) not in labels:  # an address or another language named it
        state.set_widget(PANE, _(tab if tab in TABS else state.widget(OPEN, TABS[0])))
    places = st.tabs(labels, key=PANE, on_change="rerun")
    opened = next((tab for tab, place in zip(TABS, places, strict=True) if place.open), TABS[0])
    state.set_widget(OPEN, opened)
    state.write_linked(PANE, [opened] if opened != TABS[0] else [])
    plane, grid, kept, report = places
    with plane:
        show_map(loaded, state.recipe())
    with grid:
        st.caption(_("The face at hand with two sliders from end to end. Click a face to take it."))
        editor_part("grid")
    with kept:
        editor_part("shelf")
    with report:
        show_report(loaded, bool(report.open))
