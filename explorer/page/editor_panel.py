"""The editor: where to start from, what was done before, and the faces under the hand."""

import streamlit as st

from explorer.banks import banks
from explorer.components.face_editor import face_editor
from explorer.live import PATH
from explorer.loaded import Loaded
from explorer.names import source_name
from explorer.page import state
from explorer.page.report_panel import show_report
from explorer.recipe import Recipe

FIRST_STRIP = "Eyeglasses"


@st.fragment
def show_editor(loaded: Loaded, marked: str | None) -> None:
    """Redrawn on its own when a slider is let go; the map is left alone.

    marked: the id of the picture that the map marks, None when it marks none.
    """
    if state.picture() != marked:
        st.rerun()  # the map, too
    _show_buttons()
    recipe = state.recipe()
    names = list(loaded.run.space.vectors)
    face_editor(
        {
            "revision": state.revision(),
            "recipe": recipe.to_data(),
            "source": source_name(recipe.source),
            "banks": banks(loaded.run),
            "strip": FIRST_STRIP if FIRST_STRIP in names else names[0],
            "device": loaded.decoder.device,
            "path": PATH,
            "kept": _named(state.kept()),
            "past": _named(state.past()),
        },
        key="editor",
        on_recipe_change=lambda: state.take_message("editor"),
        on_kept_change=lambda: state.take_kept("editor"),
    )
    show_report(loaded, recipe)


def _named(recipes: list[Recipe]) -> list[dict]:
    return [{"name": source_name(r.source), "recipe": r.to_data()} for r in recipes]


def _show_buttons() -> None:
    edited = state.recipe().edited
    with st.container(horizontal=True, gap="xsmall", key="actions"):
        st.button("Random face", on_click=state.random_face)
        st.button("Mean face", on_click=state.mean_face)
        st.button(
            "Reset edits",
            on_click=state.reset_edits,
            disabled=not edited,
        )
        st.button(
            "Undo",
            on_click=state.undo,
            disabled=not state.can_undo(),
            shortcut="Ctrl+Z",
        )
        st.button(
            "Redo",
            on_click=state.redo,
            disabled=not state.can_redo(),
            shortcut="Ctrl+Y",
        )
