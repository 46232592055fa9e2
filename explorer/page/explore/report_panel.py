"""The report card of the edited face: what the edit did, asked for or not."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from data.errors import DataError
from explorer.judge.report_card import EditReport, judge_edit
from explorer.judge.scorer import scorer
from explorer.recipe.attributes import attribute_name
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded

SHOWN = 12  # scores, those that changed most
ROW = 24  # pixels
BEFORE, AFTER, TARGET = "#9a9a9a", "#0072b2", "#d55e00"  # Okabe & Ito


def show_report(model: Loaded, recipe: Recipe) -> None:
    """Drawn while it is open only: a classifier looks at two faces."""
    card = st.expander("Report card", icon=":material/fact_check:", key="report", on_change="rerun")
    if not card.open:
        return
    with card:
        if not recipe.edited:
            st.caption("Move a slider: here is told what else changes with it.")
            return
        try:
            report = judge(model, recipe)
        except DataError as error:
            st.error(str(error).replace("\n", "  \n"))
            return
        st.markdown("\n".join(f"- {line}" for line in report.lines))
        st.plotly_chart(
            report_figure(report), config={"displayModeBar": False}, key="report_scores"
        )
        st.caption(
            "Scores are what a classifier of faces, trained on CelebA's labels, gives to the "
            "decoded pictures; the labels are opinions, and so are the scores."
        )


def judge(model: Loaded, recipe: Recipe) -> EditReport:
    """The report of a recipe against its source. Raises DataError without the classifier."""
    codes = np.stack([compose(r, model.run.space) for r in (recipe.unedited(), recipe)])
    return judge_edit(model.run, model.renderer, scorer(), codes, recipe.amounts["attributes"])


def report_figure(report: EditReport) -> go.Figure:
    """Scores before and after, the largest change on top; targets in another colour."""
    rows = report.changes[:SHOWN][::-1]
    names = [attribute_name(name) for name, _, _ in rows]
    figure = go.Figure()
    for (name, before, after), label in zip(rows, names, strict=True):
        colour = TARGET if name in report.targets else AFTER
        figure.add_scatter(
            x=[before, after], y=[label, label], mode="lines", line={"color": colour, "width": 3},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    for title, k, colour in (("before", 1, BEFORE), ("after", 2, AFTER)):
        targets = [row[0] in report.targets and k == 2 for row in rows]
        figure.add_scatter(
            x=[row[k] for row in rows],
            y=names,
            mode="markers",
            name=title,
            marker={"size": 10, "color": [TARGET if t else colour for t in targets]},
            hovertemplate="%{y}: %{x:.0%} " + title + "<extra></extra>",
        )
    figure.update_layout(
        height=ROW * len(rows) + 60,
        margin={"l": 0, "r": 10, "t": 10, "b": 20},
        xaxis={"range": [-0.02, 1.02], "tickformat": ".0%"},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )
    return figure
