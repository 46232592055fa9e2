"""A slider whose value is heard while it moves, not only when it is let go as Streamlit's.

Each step runs the script, or the fragment around it, once; while that runs only the newest step
waits, so a quick hand is followed as closely as the script is quick.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.components import component

_mount = component(Path(__file__).parent)


def live_slider(
    label: str, texts: Sequence[str], at: int, key: str, on_at_change: Callable[[], None]
) -> None:
    """Mount a slider with a place for each text.

    texts: what stands above it at its places, from left to right, at least one. at: the place
    where it stands, from 0. on_at_change: called when it was moved; st.session_state[key].at is
    then what the browser says the place is.
    """
    data = {"label": label, "texts": list(texts), "at": at}
    _mount(key=key, data=data, on_at_change=on_at_change)
