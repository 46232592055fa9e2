"""What a session holds is read and written in explorer/page/state/, behind its one face."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

from explorer.page import state

ROOT = Path(__file__).parents[2]
STATE = "explorer/page/state"
FACE = STATE.replace("/", ".")


def offences(root: Path) -> list[str]:
    """Where Streamlit's session state is touched, or a room of the state imported, outside of the
    state: "file: line".
    """
    files = [*sorted((root / "explorer").rglob("*.py")), *root.glob("streamlit_app.py")]
    return [
        f"{file.relative_to(root).as_posix()}: {node.lineno}"
        for file in files
        if not file.relative_to(root).as_posix().startswith(f"{STATE}/")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if goes_past_the_face(node)
    ]


def goes_past_the_face(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "session_state"
    if isinstance(node, ast.ImportFrom):
        room = (node.module or "").startswith(f"{FACE}.")
        return room or "session_state" in [name.name for name in node.names]
    if isinstance(node, ast.Import):
        return any(name.name.startswith(f"{FACE}.") for name in node.names)
    return False


def test_pages_and_components_leave_the_state_to_its_module():
    assert offences(ROOT) == []


@pytest.mark.parametrize(
    "source",
    [
        "import streamlit as st\nst.session_state['a'] = 1",
        "import streamlit\ndef f():\n    return streamlit.session_state.get('a')",
        "from streamlit import session_state",
        "from streamlit import session_state as held",
        "from explorer.page.state.recipes import recipe",
        "import explorer.page.state.widgets as widgets",
    ],
)
def test_what_goes_past_it_is_found(tmp_path: Path, source: str):
    places = ["explorer/page/model/drawn.py", "streamlit_app.py"]
    for place in places:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"{source}\n")
    last = source.count("\n") + 1
    assert offences(tmp_path) == [f"{place}: {last}" for place in places]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("explorer/page/state/widgets.py", "import streamlit as st\nst.session_state.clear()"),
        ("explorer/page/main.py", "from explorer.page import state\nstate.recipe()"),
        ("explorer/page/main.py", "from explorer.page.state import Photo"),
        ("explorer/components/face_map/__init__.py", "'''st.session_state[key] is then it.'''"),
    ],
)
def test_what_goes_through_it_is_left_alone(tmp_path: Path, file: str, source: str):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(f"{source}\n")
    assert offences(tmp_path) == []


def test_the_face_offers_what_its_rooms_define():
    names = [room.name for room in pkgutil.iter_modules(state.__path__)]
    rooms = [importlib.import_module(f"{FACE}.{name}") for name in names]
    defined = {
        name: thing
        for room in rooms
        for name, thing in vars(room).items()
        if getattr(thing, "__module__", "") == room.__name__ and not name.startswith("_")
    }
    assert {name: getattr(state, name) for name in state.__all__} == defined
