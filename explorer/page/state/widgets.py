"""Values that widgets and components hold under their keys."""

from typing import Any

import streamlit as st


def widget(key: str, default: Any = None) -> Any:
    """Where a widget stands; the default before it is drawn for the first time."""
    return st.session_state.get(key, default)


def set_widget(key: str, value: Any) -> None:
    """Move a widget: in a callback, or before it is drawn."""
    st.session_state[key] = value


def start_widget(key: str, value: Any) -> None:
    """Where a widget stands when it is drawn for the first time; later ones change nothing."""
    st.session_state.setdefault(key, value)


def told(key: str) -> Any:
    """In a callback of a component: what it told, by name."""
    return st.session_state[key]
