"""What the first page needs is told to the browser with the page itself.

Streamlit's frontend asks for the script of a widget when it first meets one, and a component's
script only then; what a script imports is asked for when that has come. These requests stand in
line behind the run of the page's script, which keeps Python busy: on a machine of 2 cores for a
second and more. So the page's head names them all, so that they are there when they are asked for.
A `Link` header would be too long: nginx takes 4 KB of an answer's headers unless told otherwise.
"""

import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from explorer.components import module_paths
from explorer.scripts import with_imports

# Widgets of the first page, as Streamlit names their scripts. One that a later version calls
# otherwise is left out, and comes when it is asked for.
WIDGETS = (
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "Checkbox",
    "Html",
    "Multiselect",
    "Tabs",
)
COMPONENTS = ("face_map", "face_editor", "editor_part")
STATIC = Path(st.__file__).parent / "static"


@cache
def _page() -> str:
    """Streamlit's page, whose head names besides what the components and WIDGETS will ask for."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    scripts = [f".{path}" for path in module_paths(*COMPONENTS)] + _widget_scripts(page)
    links = [f'<link rel="modulepreload" crossorigin href="{path}">' for path in scripts]
    return page.replace("</head>", "\n".join([*links, "</head>"]), 1)


def _widget_scripts(page: str) -> list[str]:
    """Of WIDGETS and all that they import, but for what Streamlit's page names itself."""
    folder = STATIC / "static" / "js"
    named = set(re.findall(r"\./static/js/([\w.-]+\.js)", page))

    def text(name: str) -> str | None:
        path = folder / name
        known = name in named or not path.is_file()
        return None if known else path.read_text(encoding="utf-8")

    first = [path.name for name in WIDGETS for path in sorted(folder.glob(f"{name}.*.js"))]
    return [f"./static/js/{name}" for name in with_imports(first, text)]


async def _serve(_: Request) -> HTMLResponse:
    return HTMLResponse(_page(), headers={"Cache-Control": "no-cache"})


page_route = Route("/", _serve)
