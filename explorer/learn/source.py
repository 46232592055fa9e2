"""Where a function of ours stands, and its lines; also of one that only torch could import."""

import ast
import importlib.util
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Source(NamedTuple):
    """file: below the root. first, last: its lines there. whole: text of the file. name: of the
    function, qualified: with that of its class.
    """

    name: str
    qualified: str
    file: str
    first: int
    last: int
    text: str
    whole: str


def source_of(function: Callable | str) -> Source:
    """Of a function, or of "package.module:Class.function", which is not imported.

    Raises LookupError for one that is not there.
    """
    if not isinstance(function, str):
        function = f"{function.__module__}:{function.__qualname__}"
    module, qualified = function.split(":")
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"no module {module}")
    path = Path(spec.origin)
    whole = path.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(whole)
    for name in qualified.split("."):
        node = _named(node, name)
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    last = node.end_lineno or first
    lines = whole.splitlines(keepends=True)[first - 1 : last]
    return Source(
        qualified.split(".")[-1],
        qualified,
        path.resolve().relative_to(ROOT).as_posix(),
        first,
        last,
        textwrap.dedent("".join(lines)),
        whole,
    )


def _named(within: ast.AST, name: str) -> ast.AST:
    """The class or function of a name."""
    for node in ast.iter_child_nodes(within):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node
    raise LookupError(f"no {name}")
