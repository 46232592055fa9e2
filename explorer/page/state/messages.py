"""What components tell in messages (explorer/components/messages.js); each is taken once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import streamlit as st

from explorer.page.state.widgets import told


def heard(key: str) -> dict[str, Any]:
    """What a component is given, so that it tells again what was not taken.

    session: another one forgets the messages before. revision: number of the latest one taken.
    """
    session = st.session_state.setdefault("session", uuid4().hex)
    return {"session": session, "revision": _taken().get(key, 0)}


def hear(key: str, take: Mapping[str, Callable[[Any], None]]) -> None:
    """Callback of a component: take its messages, oldest first, and none of them again.

    take: of each name that a message may have, what takes its value. A message is
    {"revision": number, name: value}.
    """
    for message in _new(key):
        for name, callback in take.items():
            if name in message:
                callback(message[name])


def _new(key: str) -> Iterator[Mapping[str, Any]]:
    for message in told(key).get("messages") or ():
        if message["revision"] > _taken().get(key, 0):
            _taken()[key] = message["revision"]
            yield message


def _taken() -> dict[str, int]:
    return st.session_state.setdefault("revisions", {})
