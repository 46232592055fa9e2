"""The widget's JavaScript as one module, which is what a notebook's frontend takes.

Modules stay as they are. Each becomes a blob of the browser's own, in which the names of those that
it imports are their blobs' addresses.
"""

import json
import posixpath
from functools import cache
from pathlib import Path

from explorer.scripts import imported, modules_below, with_imports

EXPLORER = Path(__file__).parents[1]
FIRST = "widget/widget.js"
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
def bundle() -> str:
    """The module. Raises ValueError where modules import one another in a circle."""
    known = {
        f"{folder}/{path}": text
        for folder in ("components", "site", "widget")
        for path, text in modules_below(EXPLORER / folder).items()
    }
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
