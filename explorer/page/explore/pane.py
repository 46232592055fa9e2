"""The pane beside the face: the map, the grid, the favourites or the report card."""

import streamlit as st

from explorer.components.editor_part import editor_part
from explorer.page import state
from explorer.page.explore.map_panel import show_map
from explorer.page.explore.report_panel import show_report
from explorer.run.loaded import Loaded

TABS = ("Map", "Grid", "Kept faces", "Report card")


def show_pane(loaded: Loaded) -> None:
    """All of them are there from the beginning, so that a click shows one at once; but the report
    is made when it is looked at.
    """
    places = st.tabs(TABS, key="pane", on_change="rerun", bind="query-params")
    plane, grid, kept, report = places
    with plane:
        show_map(loaded, state.recipe())
    with grid:
        st.caption("The face at hand with two sliders from end to end. Click a face to take it.")
        editor_part("grid")
    with kept:
        editor_part("shelf")
    with report:
        show_report(loaded, bool(report.open))
