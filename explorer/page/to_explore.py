"""The way from any page to Explore, where the edited face is."""

import streamlit as st

from explorer.language.text import N_
from explorer.page import state

TITLE, PATH = N_("Explore"), "explore"


def go_if_asked() -> None:
    """Open Explore, once, where a callback made a face the edited one; callbacks may not do it."""
    if state.leaves_for_editor():
        # Only its address counts, see explorer/page/main.py.
        st.switch_page(st.Page(print, title=TITLE, url_path=PATH))
