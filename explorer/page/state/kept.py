"""What the user keeps for the session: favourites, own directions, and groups of the map."""

import numpy as np
import streamlit as st

from explorer.recipe.directions import Direction
from explorer.recipe.favourites import Favourite
from explorer.run.run import Run, run_key


def favourites() -> list[Favourite]:
    """The named faces that the user keeps, oldest first."""
    return st.session_state["favourites"] or []


def set_favourites(new: list[Favourite]) -> None:
    """Replace them; the browser stores them when the editor is drawn next."""
    st.session_state["favourites"] = new


def told_favourites() -> bool:
    """Whether the favourites are known: false until the browser told of those it stored."""
    return st.session_state["favourites"] is not None


def directions() -> list[Direction]:
    """The own directions of this session, oldest first."""
    return st.session_state.setdefault("directions", [])


def add_direction(direction: Direction) -> None:
    """One more own direction; the editor shows its slider when it is drawn next."""
    st.session_state["directions"] = [*directions(), direction]


def drop_direction(text: str) -> None:
    """Forget an own direction; a recipe that moves it keeps it."""
    st.session_state["directions"] = [d for d in directions() if d.text != text]


def kept_groups(run: Run) -> dict[str, np.ndarray]:
    """The groups that were kept on the map of this very run: "A", "B" -> (N,) bool."""
    kept = st.session_state.get("kept_groups", {})
    return {name: rows for name, (key, rows) in sorted(kept.items()) if key == run_key(run)}


def keep_group(run: Run, name: str, rows: np.ndarray) -> None:
    """Callback: keep a group (N,) bool of the run's map under a letter."""
    kept = st.session_state.get("kept_groups", {})
    st.session_state["kept_groups"] = kept | {name: (run_key(run), rows)}


def forget_groups() -> None:
    """Callback: no group is kept any more."""
    st.session_state["kept_groups"] = {}
