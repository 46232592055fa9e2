"""Components of the page: each is one folder of JavaScript, CSS and one Python call.

The JavaScript of a component is preceded by live_socket.js, which all of them share.
"""

from pathlib import Path

import streamlit as st

_SHARED = Path(__file__).with_name("live_socket.js")


def component(folder: Path, *, isolate_styles: bool = True):
    """Register the component whose files are named like its folder; returns what mounts it."""
    name = folder.name
    # Parts first, because the file named like the folder uses them.
    scripts = [_SHARED, *sorted(folder.glob("*.js"), key=lambda path: path.stem == name)]
    return st.components.v2.component(
        name,
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js="\n".join(path.read_text(encoding="utf-8") for path in scripts),
        isolate_styles=isolate_styles,
    )
