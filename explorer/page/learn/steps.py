"""The steps of Learn in their order, as pages of the app."""

from functools import partial

import streamlit as st

from explorer.loaded import Loaded
from explorer.page.learn import likelihood, posterior, prior, reparameterization
from explorer.page.learn.parts import Step, show_foot, show_head

STEPS: tuple[Step, ...] = (likelihood.STEP, posterior.STEP, reparameterization.STEP, prior.STEP)


def pages(model: Loaded) -> list[st.Page]:
    """One page for each step, at /learn-<path>."""
    made = [
        st.Page(partial(_show, k, model), title=place(k), url_path=f"learn-{step.path}")
        for k, step in enumerate(STEPS)
    ]
    return made


def place(k: int) -> str:
    """ "4. A generator network is a probability model"."""
    return f"{k + 1}. {STEPS[k].title}"


def _show(k: int, model: Loaded) -> None:
    show_head(f"Learn, step {k + 1} of {len(STEPS)}", STEPS[k])
    STEPS[k].show(model)
    links = [
        st.Page(print, title=place(n), url_path=f"learn-{STEPS[n].path}")
        if 0 <= n < len(STEPS)
        else None
        for n in (k - 1, k + 1)
    ]
    show_foot(STEPS[k], *links)
