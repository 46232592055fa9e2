"""What components tell Python and are handed by it, in Streamlit's runner without a browser."""

import base64
import json
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest


def handed(page: AppTest, name: str) -> list[dict]:
    """What the page hands to its components of a name, in their order."""
    protos = [found.proto for found in page.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == name]


def tell(page: AppTest, key: str, **values: Any) -> AppTest:
    """Run the page after a component, mounted with a key, told values that stay."""
    states = _states(page)
    states.widgets.add(id=_id(page, key), json_value=json.dumps(values))
    return page._run(states)


def tell_once(page: AppTest, key: str, event: str, value: Any) -> AppTest:
    """Run the page after a component told a value that one run sees."""
    states = _states(page)
    events = f"$$STREAMLIT_INTERNAL_KEY_{_id(page, key)}__events"
    states.widgets.add(id=events, json_trigger_value=json.dumps([{"event": event, "value": value}]))
    return page._run(states)


def give(page: AppTest, key: str, content: bytes | None, name: str = "a.json") -> AppTest:
    """A file is given at the place for it that has a key, or taken away."""
    return tell(page, key, file=None if content is None else file_told(content, name))


def file_told(content: bytes, name: str) -> dict[str, str]:
    """A file as given_file.js tells it; each time another number."""
    file_told.count += 1
    text = base64.b64encode(content).decode()
    return {"name": name, "content": text, "number": f"test-{file_told.count}"}


file_told.count = 0  # type: ignore[attr-defined]


def offered(page: AppTest) -> dict[str, str]:
    """Names of the files that the page offers, and the labels of their buttons."""
    return {data["name"]: data["label"] for data in handed(page, "download")}


def saved(page: AppTest, name: str) -> bytes:
    """What the file of a name holds once its button was pressed."""
    protos = [found.proto for found in page.get("bidi_component")]
    key = next(
        proto.id.rpartition("-")[2]
        for proto in protos
        if proto.component_name == "download" and json.loads(proto.json)["name"] == name
    )
    tell_once(page, key, "wanted", "a wish")
    (data,) = [data for data in handed(page, "download") if data["name"] == name]
    assert data["answered"] == "a wish"
    return base64.b64decode(data["content"])


def _id(page: AppTest, key: str) -> str:
    ids = [found.proto.id for found in page.get("bidi_component")]
    (found,) = [widget for widget in ids if widget.endswith(f"-{key}")]
    return found


def _states(page: AppTest) -> WidgetStates:
    return page._tree.get_widget_states()
