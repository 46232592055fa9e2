"""What the first page needs is told to the browser with the page itself.

Streamlit's frontend asks for the script of a widget when it first meets one, and a component's
script only then. These requests stand in line behind the run of the page's script, which keeps
Python busy: on a machine of 2 cores for a second and more. A `Link` header (RFC 8288) with
rel=modulepreload names them with the page, so that they are there when they are asked for.
"""

import re
from functools import lru_cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.components import script_path

# Widgets of the first page, as Streamlit names their scripts. One that a later version calls
# otherwise is left out, and comes when it is asked for.
WIDGETS = (
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "Checkbox",
    "Html",
    "Multiselect",
)
COMPONENTS = ("face_map", "face_editor")
STATIC = Path(st.__file__).parent / "static"
_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


@lru_cache(maxsize=1)
def first_scripts(static: Path = STATIC) -> tuple[str, ...]:
    """Addresses, relative to the page: the components' scripts, and those of WIDGETS with all that
    they import, but for what the page names itself.
    """
    folder = static / "static" / "js"
    if not folder.is_dir():
        return ()
    named = set(re.findall(r"\./static/js/([\w.-]+\.js)", (static / "index.html").read_text()))
    found: dict[str, None] = {}  # in the order in which they are met
    waiting = [path.name for name in WIDGETS for path in sorted(folder.glob(f"{name}.*.js"))]
    while waiting:
        name = waiting.pop(0)
        if name in named or name in found or not (folder / name).is_file():
            continue
        found[name] = None
        waiting += _IMPORT.findall((folder / name).read_text(encoding="utf-8"))
    own = [f".{script_path(name)}" for name in COMPONENTS]
    return (*own, *(f"./static/js/{name}" for name in found))


class Preload:
    """ASGI middleware: the first page's answer names what it will need."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + "/"
        if not first:
            return await self._app(scope, receive, send)

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    links = (f"<{path}>; rel=modulepreload" for path in first_scripts())
                    headers["Link"] = ", ".join(links)
            await send(message)

        return await self._app(scope, receive, send_with_links)
