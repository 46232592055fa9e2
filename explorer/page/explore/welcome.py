"""What this is in one sentence, and what to begin with."""

import streamlit as st

from explorer.language.text import _
from explorer.page import state
from explorer.page.explore.editor_panel import FIRST_EDIT
from explorer.page.explore.photo_panel import show_photo
from explorer.page.explore.tour import show_tour
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import Loaded


def show_welcome(loaded: Loaded) -> None:
    """One line above the page: the sentence, three invitations and the tour."""
    run = loaded.run
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="welcome"):
        st.markdown(
            _(
                "A neural network draws every face here from **{latent} numbers**, "
                "its code. Move a slider, and the code moves."
            ).format(latent=run.config.model.latent)
        )
        if FIRST_EDIT in run.space.vectors:
            add = state.after_editor(state.add_edit, run.space)
            st.button(_adding(FIRST_EDIT), on_click=add, args=(FIRST_EDIT, 1))
        walk = state.after_editor(state.start_walk, run.space)
        st.button(_("Walk between two faces"), on_click=walk, args=(run.space,))
        show_photo(loaded)
        show_tour(run)


def _adding(attribute: str) -> str:
    return (
        _("Add glasses")
        if attribute == "Eyeglasses"
        else _("Add {attribute}").format(attribute=attribute_name(attribute))
    )
