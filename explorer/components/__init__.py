"""Components of the page: each is one folder of JavaScript, CSS and one Python call.

The JavaScript of a component is preceded by the files here, which all of them share. It is served
by a route of its own: what Streamlit is given, it sends anew with every change of a component's
data, so that is only the line that loads the script.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

SCRIPTS = "/components"
_SHARED = sorted(Path(__file__).parent.glob("*.js"))
_LOADER = """
const base = new URL(document.baseURI).pathname.replace(/\\/[^/]*$/, "");
const loading = import(`${window.location.origin}${base}PATH`);
export default async (given) => {
  const { default: mount, styles } = await loading;
  const root = given.parentElement;
  if (!root.querySelector("style[data-component]")) {
    const style = document.createElement("style");
    style.dataset.component = "";
    style.textContent = styles;
    root.prepend(style);
  }
  return mount(given);
};
"""


def component(folder: Path):
    """Register the component whose files are named like its folder; returns what mounts it."""
    return st.components.v2.component(
        folder.name, js=_LOADER.replace("PATH", script_path(folder.name))
    )


def script_path(name: str) -> str:
    """Where the script of a component is served."""
    return next(path for path in _scripts() if path.startswith(f"{SCRIPTS}/{name}-"))


@cache
def _scripts() -> dict[str, str]:
    """Path -> script, of all components."""
    folders = {path.parent for path in Path(__file__).parent.glob("*/*.js")}
    texts = {folder.name: _script(folder) for folder in folders}
    return {
        f"{SCRIPTS}/{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.js": text
        for name, text in texts.items()
    }


def _script(folder: Path) -> str:
    name = folder.name
    # Parts first, because the file named like the folder uses them.
    scripts = [*_SHARED, *sorted(folder.glob("*.js"), key=lambda path: (path.stem == name, path))]
    styles = (folder / f"{name}.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            *(path.read_text(encoding="utf-8") for path in scripts),
            f"export const styles = {json.dumps(styles)};",
        ]
    )


async def _serve(request: Request) -> Response:
    """A script changes its address with its content, so browsers may keep it for ever."""
    text = _scripts().get(f"{SCRIPTS}/{request.path_params['file']}")
    if text is None:
        return PlainTextResponse("expected the script of a component; reload the page", 404)
    headers = {"Cache-Control": "max-age=31536000, immutable"}
    return Response(text, media_type="text/javascript", headers=headers)


scripts_route = Route(f"{SCRIPTS}/{{file}}", _serve)
