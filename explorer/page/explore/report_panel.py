"""The report card of the edited face: what the edit did, asked for or not."""

import numpy as np
import streamlit as st

from data.errors import DataError
from explorer.figures.report_figure import report_figure
from explorer.judge.judges import judges
from explorer.judge.report_card import EditReport, judge_edit
from explorer.judge.scorer import scorer
from explorer.language.errors import told
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.parts import show_chart
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded

NO_JUDGES = N_("No judge has learned to see the labels of these pictures, so no edit is judged.")


def show_report(loaded: Loaded, shown: bool) -> None:
    """Drawn while it is seen only: a classifier looks at two faces."""
    state.panel_shows("report", shown)
    if not shown:
        return
    if not loaded.run.judged:
        st.caption(_(NO_JUDGES))
        return
    recipe = state.recipe()
    if not recipe.edited:
        st.caption(_("Move a slider: here is told what else changes with it."))
        return
    try:
        report = judge(loaded, recipe)
    except DataError as error:
        st.error(told(error).replace("\n", "  \n"))
        return
    st.markdown("\n".join(f"- {line}" for line in report.lines))
    show_chart(report_figure(report.changes, report.targets), "report_scores")
    st.caption(
        _(
            "Scores are what {judge}, trained on CelebA's labels, gives to the pictures of "
            "{renderer}; the labels are opinions, and so are the scores."
        ).format(judge=_(report.judge), renderer=loaded.told(recipe))
    )


def judge(loaded: Loaded, recipe: Recipe) -> EditReport:
    """The report of a recipe against its source. Raises DataError without the classifier."""
    codes = np.stack([compose(r, loaded.run.space) for r in (recipe.unedited(), recipe)])
    targets = {str(name): amount for name, amount in recipe.amounts["attributes"].items()}
    return judge_edit(loaded.run, loaded.renderer_of(recipe), scorer(), codes, targets, judges())
