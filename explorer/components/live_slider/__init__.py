"""A slider whose value is heard while it moves, not only when it is let go as Streamlit's.

Each step runs the script, or the fragment around it, once; while that runs only the newest step
waits, so a quick hand is followed as closely as the script is quick.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.components import component

_mount = component(Path(__file__).parent)


def live_slider(
    label: str,
    options: Sequence[Any],
    first: Any,
    key: str,
    text: Callable[[Any], str] = str,
) -> Any:
    """The chosen one of the options, which st.session_state[key] holds, too.

    options: from left to right, at least one. first: the one chosen at the beginning. text: what
    stands above the slider for an option. A value that is not among the options (any more) is as
    if none had been chosen.
    """
    options = list(options)
    if st.session_state.get(key) not in options:
        st.session_state[key] = first
    told = f"{key}-slider"

    def take() -> None:
        at = st.session_state[told].at
        if isinstance(at, int) and 0 <= at < len(options):  # it comes from the browser
            st.session_state[key] = options[at]

    data = {"label": label, "texts": [text(option) for option in options]}
    _mount(
        key=told,
        data=data | {"at": options.index(st.session_state[key])},
        on_at_change=take,
    )
    return st.session_state[key]
