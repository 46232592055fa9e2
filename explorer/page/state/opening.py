"""The beginning of a session."""

import streamlit as st

from explorer.language.text import _
from explorer.page.state.language import write_language
from explorer.page.state.linked import forget_linked
from explorer.page.state.recipes import can_undo, recipe, write_address
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.link_text import PARAMETER, recipe_of_link
from explorer.recipe.renderers import RENDERERS
from explorer.run.run import Run


def open_session(run: Run) -> None:
    """Give a new session its recipe: the one in the address, otherwise the run's first one.

    An address that holds no face of this run, or one of a renderer that it does not have, is said,
    and the page opens all the same.
    """
    if "recipe" in st.session_state:
        turned = st.session_state.pop("turned", True)
        if turned and PARAMETER not in st.query_params and recipe() != run.first_recipe:
            write_address()  # another page had another one
        return
    first = run.first_recipe
    st.session_state.update(recipe=first, first=first, past=[], future=[], favourites=None)
    st.session_state["notices"] = []
    st.session_state["opens_alive"] = PARAMETER not in st.query_params
    if PARAMETER in st.query_params:
        try:
            linked = recipe_of_link(st.query_params[PARAMETER])
            compose(linked, run.space)
            st.session_state["recipe"] = linked
            if linked.renderer not in run.renderers:
                st.toast(
                    _(
                        "This model does not have {told}, by which this "
                        "face was drawn: here is its mean."
                    ).format(told=_(RENDERERS[linked.renderer].told))
                )
        except RecipeError:  # its text may hold the address, which a toast would render
            st.toast(_("This model cannot show the face in the address: here is its first face."))


def turn_to(page: str) -> None:
    """A run of a page's script begins: whether it is another page than before."""
    st.session_state["turned"] = st.session_state.get("page") != page
    st.session_state["page"] = page
    if st.session_state["turned"]:
        st.session_state["visit"] = visit() + 1
        write_language()
        forget_linked()


def visit() -> int:
    """Number of the visit to the page that is open: another page, or it again, has another one."""
    return st.session_state.get("visit", 0)


def opens_alive() -> bool:
    """Whether the page opened without a face in its address and nothing was done since."""
    return bool(st.session_state["opens_alive"]) and not can_undo()
