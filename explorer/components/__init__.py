"""Components of the page: each is one folder of JavaScript, CSS and one Python call.

Their JavaScript is native modules, which import what they need of one another and of the files
here. A route of its own serves them as they lie in this folder, the CSS as a module, too: what
Streamlit is given, it sends anew with every change of a component's data, so that is only the lines
that load both.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.language.catalogues import LANGUAGES, plural_form, texts_of
from explorer.language.nouns import nouns
from explorer.language.text import language

SCRIPTS = "/components"
FOLDER = Path(__file__).parent
IN_BROWSER = ("explorer/components/",)  # files whose texts the browser shows
# With the semicolon: comments import types without one.
_IMPORT = re.compile(r"""(?:from|import)\s*["'](\.\.?/[\w./-]+\.js)["'];""")
# A component speaks one language while it lives: in another one it is made anew.
_LOADER = """
const base = new URL(document.baseURI).pathname.replace(/\\/[^/]*$/, "");
const tree = `${window.location.origin}${base}TREE`;
const modules = ["NAME/NAME.js", "NAME/NAME.css.js", "language.js"];
const loading = Promise.all(modules.map((path) => import(`${tree}/${path}`)));
const mounted = new WeakMap();
export default async (given) => {
  const [{ default: mount }, { default: styles }, { speak, speakOf }] = await loading;
  const root = given.parentElement;
  const { language, nouns } = given.data;
  await speak(language);
  speakOf(nouns);
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
  return end;
};
"""


def component(folder: Path) -> Callable[..., Any]:
    """Register the component whose files are named like its folder; returns what mounts it."""
    script = _LOADER.replace("TREE", _tree_path()).replace("NAME", folder.name)
    mount = st.components.v2.component(folder.name, js=script)

    def mount_speaking(*, data: dict[str, Any], **given: Any) -> Any:
        return mount(data=data | {"language": language(), "nouns": nouns()}, **given)

    return mount_speaking


def module_paths(*names: str) -> tuple[str, ...]:
    """Where the scripts and the CSS of components are served, and all that they import."""
    first = [f"{name}/{name}{kind}" for name in names for kind in (".js", ".css.js")]
    return tuple(f"{_tree_path()}/{module}" for module in with_imports(first, _modules().get))


def with_imports(modules: list[str], text: Callable[[str], str | None]) -> tuple[str, ...]:
    """Paths of modules and of all that they import, in the order in which they are met.

    text: path -> what stands there, None for a module to be left out with what it imports.
    """
    found: dict[str, None] = {}
    waiting = list(modules)
    while waiting:
        path = waiting.pop(0)
        if path in found or (content := text(path)) is None:
            continue
        found[path] = None
        beside = posixpath.dirname(path)
        named = _IMPORT.findall(content)
        waiting += [posixpath.normpath(posixpath.join(beside, to)) for to in named]
    return tuple(found)


@cache
def _modules() -> dict[str, str]:
    """Path below this folder -> script, of all of them; that of a face_map.css is face_map.css.js.

    They are read once: a server answers for the files that it started with.
    """
    scripts = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.js")}
    for path in FOLDER.rglob("*.css"):
        styles = json.dumps(path.read_text(encoding="utf-8"))
        scripts[path.with_name(f"{path.name}.js")] = f"export default {styles};"
    for code in LANGUAGES:
        scripts[FOLDER / "languages" / f"{code}.js"] = _texts_of(code)
    return {path.relative_to(FOLDER).as_posix(): scripts[path] for path in sorted(scripts)}


def _texts_of(language: str) -> str:
    """A catalogue as a script: of each text that the browser shows all forms, and which one when.

    What counts for plurals is written in C in a catalogue, which JavaScript reads, too.
    """
    shown = texts_of(language, IN_BROWSER)
    form = plural_form(language)
    return f"export default {{ texts: {json.dumps(shown)}, form: (n) => Number({form}) }};"


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
