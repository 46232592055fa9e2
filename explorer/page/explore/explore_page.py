"""The first page: the map beside the editor."""

import streamlit as st

from explorer.page import state
from explorer.page.explore.editor_panel import show_editor
from explorer.page.explore.header import show_header
from explorer.page.explore.map_panel import show_map
from explorer.run.loaded import Loaded


def show_explore(loaded: Loaded) -> None:
    """Map and editor of one recipe, side by side."""
    state.open_session(loaded.run)
    with st.container(key="explore"):
        left, right = st.columns([10, 11], gap="large")
    with left:
        show_map(loaded, state.recipe())
    with right:
        show_header(loaded)
        show_editor(loaded, state.picture(), state.recipe().renderer)
