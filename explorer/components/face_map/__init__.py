"""The face map in the browser: points drawn by a small renderer of our own, faces on hover.

Positions, colours and filters are fetched as bytes from the map's routes (explorer/map/route.py),
each once; what passes through Streamlit are their names.
"""

from collections.abc import Callable
from pathlib import Path

from explorer.components import component
from explorer.language.text import _
from explorer.live.route import SOCKET
from explorer.map.route import PATH
from explorer.recipe.recipe import rules

HEIGHT = "430px"


def _nothing() -> None:
    pass


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
    on_picked_change: Callable[[], None],
    on_colour_change: Callable[[], None] | None = None,
    on_selected_change: Callable[[], None] = _nothing,
    on_taken_change: Callable[[], None] | None = None,
    selected: str = "",
    first_colour: str = "",
    opening: dict[str, str] | None = None,
    on_path_change: Callable[[], None] = _nothing,
    on_kept_change: Callable[[], None] = _nothing,
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
    on_path_change: called when a path was drawn between two places;
    st.session_state[key].path is then {"ends": [place, place], "layout": name}.
    opening: what the address of the page held of the map when it opened: `colour`, `view` and
    `selected`, texts of the map's own (address.js), "" for none. Without it the address keeps
    nothing.
    first_colour: the one that the address need not tell.
    on_kept_change: called when the address holds others, which the browser has written already;
    st.session_state[key].kept is then the three.
    twin: the map is that of the run beside the open one, and run_key is its beside_key, see
    explorer/map/beside.py; it is coloured as the other map and selects what that one does, so it
    calls on_picked_change only.
    pictures: the route has the real pictures of the faces, and the card shows them.
    height: of CSS. name: accessible name of the picture, if it is not the usual one.
    on_picked_change: called when a face was chosen; st.session_state[key].picked is then its id.
    on_colour_change: called when another colour was chosen, which the map shows already;
    st.session_state[key].colour is then its name, to be given as `colour` from then on. Without it
    the browser keeps the colour, `colour` is the first one, and another one takes no run of a
    script.
    on_selected_change: called when a group was selected, or nothing any more;
    st.session_state[key].selected is then the text to be given as `selected`.
    on_taken_change: called when the face at a place between the points was chosen;
    st.session_state[key].taken is then {"place": [x, y] or [x, y, z], "layout": name}. Without it
    no such face can be.
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
        "tells_colour": on_colour_change is not None,
        "first_colour": first_colour,
        "opening": opening,
        "takes": on_taken_change is not None,
        "height": height,
        "name": name or _("Face map"),
    }
    _mount(
        key=key,
        data=data,
        on_picked_change=on_picked_change,
        on_colour_change=on_colour_change or _nothing,
        on_selected_change=on_selected_change,
        on_taken_change=on_taken_change or _nothing,
        on_path_change=on_path_change,
        on_kept_change=on_kept_change,
    )
