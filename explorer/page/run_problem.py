"""The page shown when the run folder cannot be read: what is missing, and what makes it."""

import streamlit as st

from explorer.language.errors import translated
from explorer.language.text import _
from training.run.run_folder import RunError


def show_run_problem(error: RunError) -> None:
    """Expected, found, and the command that helps, instead of the explorer."""
    st.title(_("This model cannot be opened yet"))
    st.error(
        _("**Expected** {expected}  \n**Found** {found}").format(
            expected=translated(error.expected), found=translated(error.found)
        ),
        icon=":material/folder_off:",
    )
    st.markdown(_("What to do next:"))
    st.code(translated(error.next), language="bash", wrap_lines=True)
    st.caption(
        _(
            "The folder is the one that the environment variable EXPLORER_RUN names; without it, "
            "the model that ships is opened. Reload the page afterwards."
        )
    )
