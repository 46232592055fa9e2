"""The editor: the face, the edited face, the sliders and the strip."""

import numpy as np
import streamlit as st

from explorer.loaded import Loaded
from explorer.names import attribute_name, source_name
from explorer.page import state
from explorer.page.slider_bank import show_banks
from explorer.recipe import Recipe
from explorer.space import compose

FACE = 208  # pixels on the page; the picture itself is sent as it was decoded
STRENGTHS = (-3, -2, -1, 0, 1, 2, 3)
FIRST_STRIP = "Eyeglasses"


@st.fragment
def show_editor(loaded: Loaded) -> None:
    """Redrawn on its own when a slider moves; the map is left alone."""
    recipe = state.recipe()
    original, edited = _decode(loaded, [recipe.unedited(), recipe])
    _show_faces(recipe, original, edited, loaded)
    show_banks(loaded.run)
    _show_strip(recipe, loaded)


def _decode(loaded: Loaded, recipes: list[Recipe]) -> np.ndarray:
    """Pictures of recipes as one batch: (len(recipes), S, S, 3) uint8."""
    return loaded.decoder.decode(np.stack([compose(r, loaded.run.space) for r in recipes]))


def _show_faces(recipe: Recipe, original: np.ndarray, edited: np.ndarray, loaded: Loaded) -> None:
    left, middle, right = st.columns([FACE, FACE, 200], gap="medium")
    with left:
        st.markdown("**Original**")
        st.image(original, width=FACE, output_format="PNG", alt="Original face")
        st.caption(source_name(recipe.source))
    with middle:
        st.markdown("**Edited**")
        st.image(edited, width=FACE, output_format="PNG", alt="Edited face")
        moved = sum(len(b) for b in (recipe.attributes, recipe.components, recipe.dimensions))
        st.caption(f"{moved} slider{'' if moved == 1 else 's'} moved" if moved else "no edits")
    with right:
        st.markdown("**Start from**")
        st.button(
            "Random face", on_click=state.random_face, width="stretch", icon=":material/casino:"
        )
        st.button("Mean face", on_click=state.mean_face, width="stretch", icon=":material/face:")
        st.button(
            "Reset edits",
            on_click=state.reset_edits,
            width="stretch",
            icon=":material/restart_alt:",
            disabled=not recipe.edited,
        )
        decoder = loaded.decoder
        st.caption(f"{decoder.device} · {decoder.last_ms:.0f} ms for 2 faces")


def _show_strip(recipe: Recipe, loaded: Loaded) -> None:
    names = list(loaded.run.space.vectors)
    along = st.selectbox(
        "Strip along",
        names,
        index=names.index(FIRST_STRIP) if FIRST_STRIP in names else 0,
        format_func=attribute_name,
        key="strip",
    )
    strip = _decode(loaded, [recipe.with_amount("attributes", along, s) for s in STRENGTHS])
    columns = st.columns(len(STRENGTHS), gap="xsmall", wrap=False)
    for column, picture, strength in zip(columns, strip, STRENGTHS, strict=True):
        column.image(
            picture,
            caption=f"{strength:+d}" if strength else "0",
            width="stretch",
            output_format="PNG",
            alt=f"{attribute_name(along)} {strength:+d}",
        )
