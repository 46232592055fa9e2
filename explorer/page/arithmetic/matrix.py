"""The matrix: rows are faces, columns attributes, and every cell follows its column's slider."""

from functools import partial

import streamlit as st

from explorer.components.face_table import face_table
from explorer.language.text import _
from explorer.page import state
from explorer.page.arithmetic.tables import (
    cell,
    choose_faces,
    choose_locks,
    drawn_by,
    edited_by,
    has_labels,
    hear_table,
    score_note,
    scores_of,
    slider,
)
from explorer.page.to_explore import go_if_asked
from explorer.recipe.attributes import attribute_name
from explorer.recipe.names import method_name
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import attribute_vector, methods_of
from explorer.run.loaded import Loaded

FIRST = ("Eyeglasses", "Smiling", "Blond_Hair", "Male", "Young")
MOST_COLUMNS, ROWS = 7, 5
KEY, TABLE = "matrix", "matrix_table"


def show_matrix(loaded: Loaded) -> None:
    """The whole page."""
    state.open_session(loaded.run)
    st.subheader(_("Matrix"), anchor=False)
    st.caption(
        _(
            "Does an attribute do the same to every face? Drag a column's slider and see. A "
            "click on a face opens it in the editor. Under each face stand the classifier's "
            "score of the attribute, before and after, and the leakage: by how many points the "
            "39 other scores moved on average. {drawn_by}"
        ).format(drawn_by=drawn_by(loaded))
        if loaded.run.judged
        else _(
            "Does an attribute do the same to every face? Drag a column's slider and see. A "
            "click on a face opens it in the editor."
        )
    )
    if has_labels(loaded):
        _table(loaded)


@st.fragment
def _table(loaded: Loaded) -> None:
    go_if_asked()
    state.show_notices()
    space = loaded.run.space
    what, how, still = st.columns([5, 2, 3])
    columns = what.multiselect(
        _("Attributes"),
        sorted(space.vectors),
        default=[name for name in FIRST if name in space.vectors] or sorted(space.vectors)[:3],
        format_func=attribute_name,
        max_selections=MOST_COLUMNS,
        key="matrix_attributes",
    )
    methods = methods_of(space)
    chosen = state.recipe().method
    method = how.selectbox(
        _("Method"),
        methods,
        index=methods.index(chosen) if chosen in methods else 0,
        format_func=method_name,
        key="matrix_method",
    )
    with still:
        locks = choose_locks(loaded, None, "matrix_locks")
    faces = choose_faces(loaded, ROWS, KEY)
    if not columns:
        st.info(_("Choose an attribute to see its column."), icon=":material/view_column:")
        return
    strengths = state.strengths(KEY)
    rows = [edited_by(recipe, method, locks) for _unused, recipe in faces]
    face_table(
        {
            "corner": _("Faces"),
            "rows": [{"title": name, "note": ""} for name, _unused in faces],
            "columns": [{"title": _("as it is"), "note": ""}]
            + [
                {
                    "title": attribute_name(name),
                    "note": _removed(attribute_vector(space, name, method, locks)[1]),
                }
                for name in columns
            ],
            "sliders": [
                slider(name, strengths.get(name, 1.0), k + 1) for k, name in enumerate(columns)
            ],
            "cells": [
                [
                    cell(row, None, None),
                    *[cell(row, name, k, note) for k, (name, note) in enumerate(notes.items())],
                ]
                for row, notes in zip(rows, _notes(loaded, rows, columns, strengths), strict=True)
            ],
        },
        key=TABLE,
        heard=state.heard(TABLE),
        on_messages_change=lambda: hear_table(TABLE, partial(_take, columns)),
    )


def _notes(
    loaded: Loaded, rows: list[Recipe], columns: list[str], strengths: dict[str, float]
) -> list[dict[str, str]]:
    """Attribute -> what the classifier sees in its cell, for every row."""
    cells = [
        recipe
        for row in rows
        for recipe in (
            row,
            *(row.with_amount("attributes", name, strengths.get(name, 1.0)) for name in columns),
        )
    ]
    scores = scores_of(loaded, cells)
    if scores is None:
        return [dict.fromkeys(columns, "") for _unused in rows]
    return [
        {name: score_note(before, after, name) for name, after in zip(columns, edited, strict=True)}
        for before, *edited in scores.reshape(len(rows), 1 + len(columns), -1)
    ]


def _removed(share: float) -> str:
    return _("{share:.0%} held").format(share=share) if share >= 0.005 else ""


def _take(columns: list[str], strengths: list[float]) -> None:
    state.set_strengths(KEY, dict(zip(columns, strengths, strict=True)))
