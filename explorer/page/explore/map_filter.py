"""The map's filter: one box of conditions and ids, which the address of the page holds, too."""

import numpy as np
import streamlit as st

from explorer.faces.filters import Conditions, FilterError, id_words, passing
from explorer.language.text import N_, _
from explorer.page import state
from explorer.recipe.attributes import attribute_name
from explorer.run.run import Run

LINK = "filter"  # the query parameter that holds the conditions
WORDS = "filter_words"  # key of the box, whose value is the words of the conditions
PHRASES = {
    "+": "{name}",
    "-": N_("not {name}"),
    "|": N_("any of: {name}"),
    "#": N_("id {name}"),
}
HELP = N_(
    "Choose what faces have, have **not**, or have **any of**; or type an id, or a part of one. "
    "All conditions count together. The address of the page keeps them."
)


def show_filter(run: Run) -> tuple[Conditions, np.ndarray]:
    """The box; returns the conditions and (N,) bool, the faces that meet them."""
    _open(run)
    options = [f"{sign}{name}" for sign in "+-|" for name in run.faces.attributes]
    st.multiselect(
        _("Filter"),
        options,
        format_func=_says,
        key=WORDS,
        placeholder=_("Filter: an attribute, not an attribute, or an id"),
        label_visibility="collapsed",
        help=_(HELP),
        on_change=_read_typed,
        args=(options,),
        accept_new_options=True,
        filter_mode="contains",
        select_all=False,  # Enter takes the first match
        persist_state="session",
    )
    conditions = Conditions.from_text(" ".join(state.widget(WORDS)))
    try:
        keep = passing(run.faces, conditions)
    except FilterError:  # another run was opened, which lacks an attribute
        conditions, keep = Conditions(), np.ones(len(run.faces), bool)
        st.warning(_("This model does not know that attribute: all faces are shown."))
    _link(conditions)
    return conditions, keep


def _open(run: Run) -> None:
    """Give a new session the filter of its address; one that cannot be is said and left out."""
    if state.widget(WORDS) is not None:
        return
    words = []
    try:
        conditions = Conditions.from_text(st.query_params.get(LINK, ""))
        passing(run.faces, conditions)
        words = conditions.to_text().split()
    except FilterError:  # its text is the address's, which a toast would render
        st.toast(_("This model cannot apply the filter in the address: all faces are shown."))
    state.set_widget(WORDS, words)


def _link(conditions: Conditions) -> None:
    text = conditions.to_text()
    if text != st.query_params.get(LINK, ""):
        if text:
            st.query_params[LINK] = text
        else:
            del st.query_params[LINK]


def _read_typed(options: list[str]) -> None:
    """Callback: what was typed and is no condition is a part of an id, or several."""
    words = [word for typed in state.widget(WORDS) for word in _read(typed, options)]
    if words != state.widget(WORDS):  # else the box would forget what is being typed next
        state.set_widget(WORDS, list(dict.fromkeys(words)))


def _read(typed: str, options: list[str]) -> list[str]:
    """The words that a person means. The box tells a chip that is none of its options by what the
    chip says, so what `_says` says is read back: "id 1859" -> "#1859", "not male" -> "-Male".
    """
    if typed in options:
        return [typed]
    for word in options:
        if _says(word).lower() == typed.strip().lower():
            return [word]
    said = _(PHRASES["#"]).format(name="")
    return [f"#{text}" for text in id_words(typed.strip().removeprefix(said))]


def _says(word: str) -> str:
    """ "+Male" -> "Male", "-Male" -> "not Male"; what is just being typed stays as it is."""
    if word[:1] not in PHRASES:
        return word
    name = word[1:] if word[0] == "#" else attribute_name(word[1:])
    return _(PHRASES[word[0]]).format(name=name)
