"""What callbacks have to say: they may not draw."""

import streamlit as st


def say(text: str, icon: str = ":material/info:") -> None:
    """Have `show_notices` say it."""
    st.session_state["notices"].append((text, icon))


def show_notices() -> None:
    """Say what callbacks had to say, once."""
    while st.session_state["notices"]:
        text, icon = st.session_state["notices"].pop(0)
        st.toast(text, icon=icon)
