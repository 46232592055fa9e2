"""Predict, then see: a step asks what its figure will show before it shows it.

Nothing is counted and no guess is wrong: a guess makes one look. Whoever skips a question is asked
no other one in this session.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from explorer.language.text import _
from explorer.page import state


@dataclass(frozen=True)
class Question:
    """What a step asks before a figure.

    step: the end of its address, which keeps the guess. asks: one question. guesses: answers that
    a reader may have in mind, two or three. answer: what to see in the figure, in a few sentences
    that stand without the question; shown with the figure.
    """

    step: str
    asks: str
    guesses: tuple[str, ...]
    answer: str


def ask_first(question: Question, figures: Callable[[], None]) -> Callable[[], None]:
    """Draws the question and, once it is answered or skipped, what it asks about instead. Of other
    pictures than faces neither question nor answer says anything.
    """

    def show() -> None:
        if not state.questions_fit():
            figures()
            return
        guess = state.guess(question.step)
        if guess is None and not state.skips_questions():
            _ask(question)
            return
        with st.container(key="predict-answer"):
            if guess is not None:
                st.markdown(_(":small[You thought: {guess}.]").format(guess=_(guess)))
            st.markdown(_(question.answer))
        figures()

    return show


def _ask(question: Question) -> None:
    with st.container(border=True, key="predict"):
        st.markdown(_("**What do you think?** {asks}").format(asks=_(question.asks)))
        for k, guess in enumerate(question.guesses):
            st.button(
                _(guess),
                key=f"predict-{question.step}-{k}",
                on_click=state.keep_guess,
                args=(question.step, guess),
                width="stretch",
            )
        st.caption(_("A click shows the figure. Nobody counts."))
        st.button(
            _("Skip the questions"),
            key="predict-skip",
            type="tertiary",
            icon=":material/skip_next:",
            on_click=state.skip_questions,
        )
