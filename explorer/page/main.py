"""The app's pages, run by Streamlit on every interaction."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.decoding.garbage import freeze_loaded
from explorer.language.text import _
from explorer.page import state, to_explore
from explorer.page.arithmetic.formula_bench import show_formula_bench
from explorer.page.arithmetic.matrix import show_matrix
from explorer.page.arithmetic.vector_lab import show_vector_lab
from explorer.page.explore.explore_page import show_explore
from explorer.page.learn.steps import pages as learn_pages
from explorer.page.model.model_page import show_model
from explorer.page.run_problem import show_run_problem
from explorer.run.loaded import Loaded, chosen_run, open_run
from training.run.run_folder import RunError

CSS = Path(__file__).with_name("main.css")
ICON, WORDMARK = (Path(__file__).with_name(f"{name}.svg") for name in ("icon", "wordmark"))


def _pages(loaded: Loaded) -> dict[str, list]:
    """Section -> its pages; the first of all opens at the app's own address."""

    def page(show: Callable, title: str, path: str, default: bool = False) -> st.Page:
        return st.Page(partial(show, loaded), title=title, url_path=path, default=default)

    return {
        "": [
            page(show_explore, _(to_explore.TITLE), to_explore.PATH, default=True),
            page(show_model, _("Model"), "model"),
        ],
        _("Arithmetic"): [
            page(show_formula_bench, _("Formula bench"), "formula"),
            page(show_matrix, _("Matrix"), "matrix"),
            page(show_vector_lab, _("Vector lab"), "vector-lab"),
        ],
        _("Learn"): learn_pages(loaded),
    }


state.open_language()
st.set_page_config(_("Latent-space explorer"), page_icon=str(ICON), layout="wide")
st.logo(str(WORDMARK), size="large")
st.html(CSS)

try:
    loaded = open_run(chosen_run())
except RunError as error:
    show_run_problem(error)
    st.stop()

page = st.navigation(_pages(loaded), position="top")
state.turn_to(page.url_path)
state.show_languages()
page.run()
freeze_loaded()
