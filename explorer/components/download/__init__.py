"""A button whose file is made when it is pressed, and comes over the session's own connection.

Streamlit's lies at an address of one server, which another one behind the same proxy does not have.
"""

import base64
import mimetypes
from collections.abc import Callable
from pathlib import Path

from explorer.components import component

_mount = component(Path(__file__).parent)


def download(
    label: str,
    name: str,
    about: str,
    answered: str | None,
    content: bytes | None,
    key: str,
    on_wanted_change: Callable[[], None],
) -> None:
    """Mount the button.

    name: of the file, whose ending says what it is. about: shown where the pointer rests. answered:
    the latest wish that a file was told for. content: of that file, told once; where it is lost on
    its way, the browser wishes for it anew. on_wanted_change: called when the button was pressed;
    st.session_state[key].wanted is then the wish.
    """
    kind = mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    data: dict[str, object] = {"label": label, "name": name, "about": about, "kind": kind}
    data |= {"button": key, "answered": answered}
    if content is not None:
        data["content"] = base64.b64encode(content).decode()
    _mount(key=key, data=data, on_wanted_change=on_wanted_change)
