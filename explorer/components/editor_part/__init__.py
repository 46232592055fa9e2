"""A place elsewhere on the page for a part of the editor: its grid, or its favourites.

The face stays in view beside it. The editor puts the part there itself, in the browser.
"""

from pathlib import Path

from explorer.components import component

PARTS = ("grid", "shelf")

_mount = component(Path(__file__).parent)


def editor_part(part: str) -> None:
    """Mount the place. part: one of PARTS, once on a page."""
    _mount(key=f"editor_{part}", data={"part": part})
