"""The first page: the face and its sliders, which stay in view, and a pane beside them."""

from pathlib import Path

import streamlit as st

from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.explore.editor_panel import show_editor
from explorer.page.explore.pane import show_pane
from explorer.page.explore.tools import show_tools
from explorer.page.explore.welcome import show_welcome
from explorer.run.loaded import Loaded

CSS = Path(__file__).with_name("explore.css")
PHONE = "phone_pane"  # key of the choice that only a phone shows
SIDES = (N_("Face"), N_("Map and more"))


def show_explore(loaded: Loaded) -> None:
    """Pane and face of one recipe, side by side; on a phone one of the two."""
    state.open_session(loaded.run)
    with st.container(key="explore"):
        st.html(CSS)
        show_tools(loaded)  # before the editor, which asks what they show
        show_welcome(loaded)
        side = st.segmented_control(
            _("Show"),
            SIDES,
            format_func=_,
            default=SIDES[0],
            required=True,
            key=PHONE,
            label_visibility="collapsed",
        )
        left, right = st.columns([9, 11], gap="medium")
    with left, st.container(key=f"pane_{'shown' if side != SIDES[0] else 'hidden'}"):
        show_pane(loaded)
    with right, st.container(key=f"stage_{'shown' if side == SIDES[0] else 'hidden'}"):
        show_editor(loaded, state.picture(), state.recipe().renderer)
