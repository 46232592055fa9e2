"""Widgets that the address of the page holds, too, by names that mean the same in every language.

Streamlit's own `bind` writes what the widget says there, which is other words in other languages.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from explorer.page.state.widgets import set_widget

WRITTEN = "linked"  # key -> what the address said when it was read or written


def read_linked(key: str, read: Callable[[list[str]], Any]) -> None:
    """Before a widget is drawn: where the address says something new, it stands as told there.

    key: of the widget and in the address. read: what is told there, none or more texts -> the
    value of the widget, None for what cannot be one.
    """
    told = st.query_params.get_all(key)
    if told == _written().get(key, []):
        return
    _written()[key] = told
    if (value := read(told)) is not None:
        set_widget(key, value)


def write_linked(key: str, texts: Sequence[str]) -> None:
    """The address says where a widget stands; no texts take it out."""
    texts = list(texts)
    _written()[key] = texts
    if texts == st.query_params.get_all(key):
        return
    if texts:
        st.query_params[key] = texts
    else:
        st.query_params.pop(key, None)


def forget_linked() -> None:
    """Another page has another address, where nothing was written yet."""
    st.session_state[WRITTEN] = {}


def _written() -> dict[str, list[str]]:
    return st.session_state.setdefault(WRITTEN, {})
