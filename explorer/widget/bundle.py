"""The widget's JavaScript as one module, which is what a notebook's frontend takes.

Modules stay as they are, and the texts of a language are one more. Each becomes a blob of the
browser's own, in which the names of those that it imports are their blobs' addresses.
"""

import json
import posixpath
from functools import cache
from pathlib import Path

from explorer.language.in_browser import script_of
from explorer.scripts import imported, modules_below, with_imports

EXPLORER = Path(__file__).parents[1]
FIRST, TEXTS = "widget/widget.js", "widget/texts.js"
_LOADER = """
const sources = SOURCES;
const addresses = {};
const addressOf = (path) => {
  addresses[path] ??= URL.createObjectURL(new Blob([linked(path)], { type: "text/javascript" }));
  return addresses[path];
};
const IMPORT = /((?:from|import)\\s*)["'](\\.\\.?\\/[\\w.\\/-]+\\.js)["'];/g;
const beside = (path, to) => new URL(to, `file:///${path}`).pathname.slice(1);
const linked = (path) =>
  sources[path].replace(IMPORT, (_, word, to) => `${word}"${addressOf(beside(path, to))}";`);
const loading = import(addressOf(FIRST));
export default { render: async (given) => (await loading).render(given) };
"""


@cache
def bundle(language: str) -> str:
    """The module that speaks a language. Raises ValueError where modules import one another in a
    circle.
    """
    known = {
        f"{folder}/{path}": text
        for folder in ("components", "site", "widget")
        for path, text in modules_below(EXPLORER / folder).items()
    }
    known[TEXTS] = script_of(language)
    sources = {path: known[path] for path in with_imports([FIRST], known.get)}
    refuse_circles(sources)
    begun = _LOADER.replace("FIRST", json.dumps(FIRST))
    return begun.replace("SOURCES", json.dumps(sources))


def refuse_circles(sources: dict[str, str]) -> None:
    """A blob has its address only when it is whole, so no module may need itself."""
    whole: set[str] = set()

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            circle = " -> ".join([*map(posixpath.basename, above), posixpath.basename(path)])
            raise ValueError(f"expected modules that import one way; found {circle}")
        if path not in whole:
            for other in imported(path, sources[path]):
                visit(other, (*above, path))
            whole.add(path)

    for path in sources:
        visit(path, ())
