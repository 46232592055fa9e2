"""The face map in the browser: a Plotly figure that shows faces under the pointer.

Streamlit's own chart has no hover event, so plotly.js is mounted here, from the file that the
plotly package ships; the pictures come over the live route.
"""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import plotly.graph_objects as go
from starlette.responses import FileResponse
from starlette.routing import Route

from explorer.components import component
from explorer.live import PATH

PLOTLY_JS = "/plotly.min.js"

_mount = component(Path(__file__).parent, isolate_styles=False)  # plotly styles the document


async def _serve_plotly(_) -> FileResponse:
    """The script changes with the installed package only, so browsers may keep it for a day."""
    path = Path(str(files("plotly") / "package_data" / "plotly.min.js"))
    return FileResponse(path, headers={"Cache-Control": "max-age=86400"})


plotly_route = Route(PLOTLY_JS, _serve_plotly)


def face_map(figure: go.Figure, key: str, on_picked_change: Callable[[], None]) -> None:
    """Mount the map.

    figure: every point that is a face carries its picture id as custom data; see map_figure.py.
    on_picked_change: called when a face was clicked; st.session_state[key].picked is then its id.
    """
    data = {"figure": json.loads(figure.to_json()), "live": PATH, "script": PLOTLY_JS}
    _mount(key=key, data=data, on_picked_change=on_picked_change)
