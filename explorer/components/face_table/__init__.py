"""A table of edited faces that follows sliders live: rows and columns of recipes.

The browser asks the live route itself while a slider moves; Streamlit hears of the strengths once,
when the slider is let go.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.components import component
from explorer.live.route import SOCKET
from explorer.recipe.banks import STEP
from explorer.recipe.recipe import rules

_mount = component(Path(__file__).parent)


def face_table(
    data: dict[str, Any],
    key: str,
    heard: dict[str, Any],
    on_messages_change: Callable[[], None],
) -> None:
    """Mount the table.

    data: corner (what the table shows), rows (a list of title and note),
    columns (the same), sliders (label, limit, value and column: the one it stands over, None for
    one slider over all), cells (rows of lists of {recipe: Recipe.to_data, attribute, slider,
    note}: the recipe is shown with its attribute at the strength of sliders[slider]; attribute
    None shows the recipe as it is; the note stands below it, fainter while the slider moves).
    heard, on_messages_change: see explorer/page/state/messages.py. The table tells
        strengths: a list of numbers, when a slider was let go
        picked: Recipe.to_data of a face that was clicked
    """
    _mount(
        key=key,
        data=data | heard | {"live": SOCKET, "rules": rules(), "step": STEP},
        on_messages_change=on_messages_change,
    )
