"""Components of the page: each is one folder of JavaScript, CSS and one Python call.

Their JavaScript is native modules, which import what they need of one another and of the files
here. A route of its own serves them as they lie in this folder, the CSS as a module, too: what
Streamlit is given, it sends anew with every change of a component's data, so that is only the lines
that load both.
"""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.language.catalogues import LANGUAGES
from explorer.language.in_browser import script_of, told_instead
from explorer.language.text import language
from explorer.scripts import modules_below, with_imports

SCRIPTS = "/components"
FOLDER = Path(__file__).parent
# A component speaks one language while it lives: in another one it is made anew. Streamlit calls
# anew while a call still loads, and then ends what the earlier one returns: only the latest mounts,
# and only its end counts.
_LOADER = """
const base = new URL(document.baseURI).pathname.replace(/\\/[^/]*$/, "");
const tree = `${window.location.origin}${base}TREE`;
const modules = ["NAME/NAME.js", "NAME/NAME.css.js", "language.js"];
const loading = Promise.all(modules.map((path) => import(`${tree}/${path}`)));
const mounted = new WeakMap();
const latest = new WeakMap();
export default async (given) => {
  const root = given.parentElement;
  latest.set(root, given);
  const [{ default: mount }, { default: styles }, { speak, language: spoken, sayInstead }] =
    await loading;
  const { language, instead } = given.data;
  await speak(language);
  if (latest.get(root) !== given) return;
  document.documentElement.lang = spoken(); // for those who hear the page
  sayInstead(instead);
  const before = mounted.get(root);
  if (before && before.language !== language) before.end?.();
  if (!root.querySelector("style[data-component]")) {
    const style = document.createElement("style");
    style.dataset.component = "";
    style.textContent = styles;
    root.prepend(style);
  }
  const end = mount(given);
  mounted.set(root, { language, end });
  return () => {
    if (latest.get(root) === given) end?.();
  };
};
"""


def component(folder: Path) -> Callable[..., Any]:
    """Register the component whose files are named like its folder; returns what mounts it."""
    script = _LOADER.replace("TREE", _tree_path()).replace("NAME", folder.name)
    mount = st.components.v2.component(folder.name, js=script)

    def mount_speaking(*, data: dict[str, Any], **given: Any) -> Any:
        said = {"language": language(), "instead": told_instead()}
        return mount(data=data | said, **given)

    return mount_speaking


def module_paths(*names: str) -> tuple[str, ...]:
    """Where the scripts and the CSS of components are served, and all that they import."""
    first = [f"{name}/{name}{kind}" for name in names for kind in (".js", ".css.js")]
    return tuple(f"{_tree_path()}/{module}" for module in with_imports(first, _modules().get))


@cache
def _modules() -> dict[str, str]:
    """Path below this folder -> script.

    They are read once: a server answers for the files that it started with.
    """
    languages = {f"languages/{code}.js": script_of(code) for code in LANGUAGES}
    return modules_below(FOLDER) | languages


@cache
def _tree_path() -> str:
    """Below it all of them are served, so that an import finds its file; it changes with any."""
    content = json.dumps(_modules()).encode()
    return f"{SCRIPTS}/{hashlib.sha256(content).hexdigest()[:16]}"


async def _serve(request: Request) -> Response:
    """A script changes its address with its content, so browsers may keep it for ever."""
    tree, module = request.path_params["tree"], request.path_params["module"]
    text = _modules().get(module) if f"{SCRIPTS}/{tree}" == _tree_path() else None
    if text is None:
        return PlainTextResponse("expected the script of a component; reload the page", 404)
    headers = {"Cache-Control": "max-age=31536000, immutable"}
    return Response(text, media_type="text/javascript", headers=headers)


scripts_route = Route(f"{SCRIPTS}/{{tree}}/{{module:path}}", _serve)
