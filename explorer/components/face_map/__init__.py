"""The face map in the browser: points drawn by a small renderer of our own, faces on hover.

Positions, colours and filters are fetched as bytes from the map's routes (explorer/map/route.py),
each once; what passes through Streamlit are their names.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.components import component
from explorer.language.text import _
from explorer.live.route import SOCKET
from explorer.map.route import PATH
from explorer.recipe.recipe import rules

HEIGHT = "430px"


_mount = component(Path(__file__).parent)


def face_map(
    key: str,
    *,
    run_key: str,
    count: int,
    layout: str,
    colour: str,
    filter_text: str,
    picked: str | None,
    heard: dict[str, Any],
    on_messages_change: Callable[[], None],
    tells_colour: bool = False,
    takes: bool = False,
    selected: str = "",
    first_colour: str = "",
    opening: dict[str, str] | None = None,
    twin: bool = False,
    pictures: bool = False,
    height: str = HEIGHT,
    name: str = "",
) -> None:
    """Mount a map of `count` faces. They are drawn by the renderer of the edited face, which the
    editor tells in the browser; on a page without one, as the mean.

    run_key: of the run, see explorer/run/run.py. layout, colour, filter_text: names that the
    map's routes know; an empty filter lets all faces pass. picked: the id of the face being
    edited, ringed.
    selected: rows as text, see explorer/faces/selection.py; "" selects nothing.
    opening: what the address of the page held of the map when it opened: `colour`, `view` and
    `selected`, texts of the map's own (address.js), "" for none. Without it the address keeps
    nothing.
    first_colour: the one that the address need not tell.
    twin: the map is that of the run beside the open one, and run_key is its beside_key, see
    explorer/map/beside.py; it is coloured as the other map and selects what that one does, so it
    tells of picked faces only.
    pictures: the route has the real pictures of the faces, and the card shows them.
    height: of CSS. name: accessible name of the picture, if it is not the usual one.
    tells_colour: the page keeps the colour, and gives it as `colour` from then on; else the browser
    keeps it, `colour` is the first one, and another one takes no run of a script.
    takes: the face decoded at a place between the points can be chosen.
    heard, on_messages_change: see explorer/page/state/messages.py. The map tells
        picked: the id of the face that was chosen
        selected: the group selected, a text to be given as `selected`; "" for nothing any more
        taken: {"place": [x, y] or [x, y, z], "layout": name}, where the chosen face is decoded
        path: {"ends": [place, place], "layout": name}, drawn between two places
        colour: the name of the one chosen, which the map shows already
        kept: the three of `opening`, which the browser has written to the address already
    """
    data = {
        "path": PATH,
        "live": SOCKET,
        "rules": rules(),
        "key": run_key,
        "count": count,
        "layout": layout,
        "colour": colour,
        "filter": filter_text,
        "selected": selected,
        "twin": twin,
        "pictures": pictures,
        "picked": picked,
        "tells_colour": tells_colour,
        "first_colour": first_colour,
        "opening": opening,
        "takes": takes,
        "height": height,
        "name": name or _("Face map"),
    }
    _mount(key=key, data=data | heard, on_messages_change=on_messages_change)
