"""The live editor: faces, sliders and strip in the browser, decoded over the live route.

While a slider moves, the browser asks the live route itself; Streamlit hears of the recipe once,
when the slider is let go.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.components import component

_mount = component(Path(__file__).parent)


def face_editor(
    data: dict[str, Any],
    key: str,
    on_recipe_change: Callable[[], None],
    on_kept_change: Callable[[], None],
) -> None:
    """Mount the editor.

    data: revision (int, the latest message taken), recipe (Recipe.to_data), source (its name),
    banks (a list of bank, title, about, limit and sliders with name, label, group, hint), strip
    (the attribute first shown), device (that decodes), path (of the live route),
    kept and past (lists of name and recipe: faces to come back to).
    on_recipe_change: called when the user let go of a slider; st.session_state[key].recipe is then
    {"revision": int, "recipe": Recipe.to_data}.
    on_kept_change: called when the user kept or dropped a face; st.session_state[key].kept is then
    the list of Recipe.to_data to keep.
    """
    _mount(key=key, data=data, on_recipe_change=on_recipe_change, on_kept_change=on_kept_change)
