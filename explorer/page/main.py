"""The explorer's page, run by Streamlit on every interaction."""

from pathlib import Path

import streamlit as st

from explorer.loaded import chosen_run, loaded
from explorer.page import state
from explorer.page.editor_panel import show_editor
from explorer.page.header import show_header
from explorer.page.map_panel import show_map
from explorer.page.run_problem import show_run_problem
from training.run_folder import RunError

ICON = Path(__file__).with_name("icon.svg")

st.set_page_config("Latent-space explorer", page_icon=str(ICON), layout="wide")
# Streamlit leaves six lines free above the page; the faces need the room.
st.html("<style>.stMainBlockContainer {padding-top: 2.5rem; padding-bottom: 1rem}</style>")

try:
    model = loaded(chosen_run())
except RunError as error:
    show_run_problem(error)
    st.stop()

state.open_session(model.run.space)
show_header(model)
left, right = st.columns([10, 11], gap="large")
with left:
    show_map(model.run)
with right:
    show_editor(model, state.picture())
