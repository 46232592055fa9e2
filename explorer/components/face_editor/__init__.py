"""The live editor: faces, sliders and strip in the browser, decoded over the live route.

While a slider moves, the browser asks the live route itself; Streamlit hears of the recipe once,
when the slider is let go. views.js is the large face, chips.js what is done to it,
slider_banks.js the sliders, preview.js what one would do, locks.js what attribute sliders have
besides, method_choice.js clean to strong, renderer_switch.js the choice of the renderer, strip.js
the strip, opening.js what the page opens with, walk.js the walk between two faces, present.js the
mode for a room. shelf.js, the favourites, and grid.js, the grid of two sliders, go where the page
has a place for them: see ../editor_part.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.components import component
from explorer.live.route import SOCKET
from explorer.recipe.banks import STEP
from explorer.recipe.favourites import LONGEST_NAME, MOST_FAVOURITES
from explorer.recipe.recipe import MOST_PARTS, rules

LIMITS = {"favourites": MOST_FAVOURITES, "name": LONGEST_NAME, "mixed": MOST_PARTS}

_mount = component(Path(__file__).parent)


def face_editor(
    data: dict[str, Any], key: str, heard: dict[str, Any], on_messages_change: Callable[[], None]
) -> None:
    """Mount the editor.

    data: run (str, under which the browser stores favourites), visit (number of the visit to its
    page; in another one it begins anew), recipe (Recipe.to_data), name
    (what it is called unless the user says otherwise), source (its name), banks (see
    explorer/editor/banks.py), ticks (bank -> name of a slider -> a list of at, label, kind),
    methods (a list of name and label), curve (those whose strength is an effect, from clean to
    strong, or none), removed (bank -> name of a slider -> share that locks
    remove), strip (the attribute first shown), strengths (of the strip: counted, and where they
    are effects), link and address (query parameter of the recipe and its text there), private
    (whether the face is made from a photo, which enters no link unasked), opening (bank, name and
    amount of the edit
    that a new page opens with, or None), walk (the latest that was asked for: number, from and to,
    recipes; or None),
    renderers (a list of name, label and hint to switch between, or none), favourites and past
    (lists of name and recipe; favourites is None until the browser told of those it stores).
    heard, on_messages_change: see explorer/page/state/messages.py; what the editor tells is told in
    explorer/page/state/editor.py.
    """
    told = {"live": SOCKET, "rules": rules(), "limits": LIMITS, "step": STEP}
    _mount(key=key, data=data | told | heard, on_messages_change=on_messages_change)
