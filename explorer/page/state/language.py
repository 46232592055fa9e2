"""The language of a session: that of its address, or chosen on the page, or of its browser."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.language.catalogues import LANGUAGES, best, own_name
from explorer.language.text import _, speak_by

LINK = "language"  # the query parameter that holds it, and what the session calls it
CHOICE = "language_choice"  # key of the control
CHOSEN = "language_chosen"  # whether it was chosen, there or by an address


def open_language() -> None:
    """A run of a page's script begins: its language is that of the address; without one it stays
    what it was, and is at first the browser's.

    An address holds it only where somebody chose it: links without it open in the language of who
    follows them.
    """
    named = st.query_params.get(LINK)
    if named in LANGUAGES:
        st.session_state[LINK] = named
        st.session_state[CHOSEN] = True
    elif LINK not in st.session_state:
        st.session_state[LINK] = best([st.context.locale or ""])
    st.session_state[CHOICE] = st.session_state[LINK]


def write_language() -> None:
    """Another page has another address: a language that was chosen goes along."""
    if st.session_state.get(CHOSEN) and LINK not in st.query_params:
        st.query_params[LINK] = st.session_state[LINK]


def show_languages() -> None:
    """The control."""
    with st.container(key="language", width="content"):
        st.selectbox(
            _("Language"),
            LANGUAGES,
            format_func=own_name,
            key=CHOICE,
            on_change=choose_language,
            label_visibility="collapsed",
        )


def choose_language() -> None:
    """Callback of the control: the page speaks that language from now on.

    What a select box tells is what its chosen option says, which is other words now: so that it
    stays chosen, it is chosen once more. Buttons and switches hold no words.
    """
    st.session_state[LINK] = st.query_params[LINK] = st.session_state[CHOICE]
    st.session_state[CHOSEN] = True
    for key, value in list(st.session_state.items()):
        if isinstance(value, str | int | list) and not isinstance(value, bool):
            st.session_state[key] = value


def language_link() -> dict[str, str]:
    """The query parameter of the language, for links; none where nobody chose it."""
    return {LINK: st.session_state[LINK]} if st.session_state.get(CHOSEN) else {}


def _of_session() -> str | None:
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return st.session_state.get(LINK)


speak_by(_of_session)
