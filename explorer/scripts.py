"""The page's JavaScript as it lies in the folders: which modules there are and what they import."""

import json
import posixpath
import re
from collections.abc import Callable
from pathlib import Path

# With the semicolon: comments import types without one.
_IMPORT = re.compile(r"""(?:from|import)\s*["'](\.\.?/[\w./-]+\.js)["'];""")


def modules_below(folder: Path) -> dict[str, str]:
    """Path below a folder -> script, of all of them; a face_map.css is a module face_map.css.js."""
    scripts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.js")}
    for path in folder.rglob("*.css"):
        styles = json.dumps(path.read_text(encoding="utf-8"))
        scripts[path.with_name(f"{path.name}.js")] = f"export default {styles};"
    return {path.relative_to(folder).as_posix(): scripts[path] for path in sorted(scripts)}


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
        waiting += imported(path, content)
    return tuple(found)


def imported(path: str, content: str) -> list[str]:
    """Paths of what a module imports, from where its own path begins."""
    beside = posixpath.dirname(path)
    return [posixpath.normpath(posixpath.join(beside, to)) for to in _IMPORT.findall(content)]
