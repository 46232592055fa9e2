"""The vector lab: one edit by all methods, side by side on the same faces, with figures."""

import numpy as np
import streamlit as st

from explorer.components.face_table import face_table
from explorer.judge.report_card import SCORE_THRESHOLD, cosine, leakage
from explorer.judge.scorer import Scorer
from explorer.language.text import N_, _
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
from explorer.recipe.banks import BANKS
from explorer.recipe.methods import FITTED
from explorer.recipe.names import method_name
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import attribute_vector, methods_of
from explorer.run.loaded import Loaded

FIRST = "Eyeglasses"
FACES = 6
FARTHEST = BANKS["attributes"].limit
KEY, TABLE = "lab", "lab_table"
SHOWN = ("strong", "elected", "clean")  # of the curve
STRENGTH = N_("Strength")  # the one slider of the table


def show_vector_lab(loaded: Loaded) -> None:
    """The whole page."""
    state.open_session(loaded.run)
    st.subheader(_("Vector lab"), anchor=False)
    st.caption(
        _(
            "Every way to make an attribute vector, the same strength, the same faces. The "
            "figures beside each say how well it tells the attribute on faces that it was not "
            "made from, and what the attribute classifier sees in the faces shown. {drawn_by}"
        ).format(drawn_by=drawn_by(loaded))
        if loaded.run.judged
        else _(
            "Every way to make an attribute vector, the same strength, the same faces. The "
            "figures beside each say how well it tells the attribute on faces that it was not "
            "made from."
        )
    )
    if has_labels(loaded):
        _table(loaded)


@st.fragment
def _table(loaded: Loaded) -> None:
    go_if_asked()
    state.show_notices()
    names = sorted(loaded.run.space.vectors)
    what, still = st.columns(2)
    attribute = what.selectbox(
        _("Attribute"),
        names,
        index=names.index(FIRST) if FIRST in names else 0,
        format_func=attribute_name,
        key="lab_attribute",
    )
    with still:
        locks = choose_locks(loaded, attribute, "lab_locks")
    faces = [
        (name, _without(recipe, attribute)) for name, recipe in choose_faces(loaded, FACES, KEY)
    ]
    strength = state.strengths(KEY).get(STRENGTH, 1.0)
    methods = methods_of(loaded.run.space, *SHOWN)
    rows = [[edited_by(recipe, method, locks) for _unused, recipe in faces] for method in methods]
    seen = _scores(loaded, attribute, rows, strength)
    face_table(
        {
            "corner": f"{attribute_name(attribute)}",
            "rows": [{"title": _("as it is"), "note": ""}]
            + [
                {"title": method_name(method), "note": note}
                for method, note in zip(
                    methods, _notes(loaded, attribute, locks, seen, strength), strict=True
                )
            ],
            "columns": [{"title": name, "note": ""} for name, _unused in faces],
            "sliders": [slider(attribute, strength, None, _(STRENGTH))],
            "cells": [[cell(recipe, None, None) for _unused, recipe in faces]]
            + [
                [cell(recipe, attribute, 0, note) for recipe, note in zip(row, notes, strict=True)]
                for row, notes in zip(rows, _cell_notes(seen, attribute, rows), strict=True)
            ],
        },
        key=TABLE,
        heard=state.heard(TABLE),
        on_messages_change=lambda: hear_table(TABLE, _take),
    )


def _without(recipe: Recipe, attribute: str) -> Recipe:
    return recipe.with_amount("attributes", attribute, 0)


def _take(strengths: list[float]) -> None:
    state.set_strengths(KEY, {STRENGTH: float(np.clip(strengths[0], -FARTHEST, FARTHEST))})


def _scores(
    loaded: Loaded, attribute: str, rows: list[list[Recipe]], strength: float
) -> np.ndarray | None:
    """(1 + M, B, 40) scores of the B faces as they are and edited by each of M methods."""
    edited = [[r.with_amount("attributes", attribute, strength) for r in row] for row in rows]
    scores = scores_of(loaded, [recipe for row in (rows[0], *edited) for recipe in row])
    return None if scores is None else scores.reshape(1 + len(rows), len(rows[0]), -1)


def _cell_notes(
    seen: np.ndarray | None, attribute: str, rows: list[list[Recipe]]
) -> list[list[str]]:
    if seen is None:
        return [[""] * len(row) for row in rows]
    before, *edited = seen
    return [
        [score_note(*pair, attribute) for pair in zip(before, row, strict=True)] for row in edited
    ]


def _notes(
    loaded: Loaded,
    attribute: str,
    locks: tuple[str, ...],
    seen: np.ndarray | None,
    strength: float,
) -> list[str]:
    """A few lines on each method; seen: as `_scores` gives them."""
    vectors, space = loaded.run.vectors, loaded.run.space
    column = vectors.row_of[attribute]
    notes = []
    for k, method in enumerate(methods_of(space, *SHOWN)):
        removed = attribute_vector(space, attribute, method, locks)[1]
        if method in FITTED:
            lines = [_("AUC {auc:.3f} held out").format(auc=vectors.auc[k, column])]
        else:
            lines = [_("as often as each face needs it")]
        if k:
            plain = space.vectors[attribute][FITTED[0]]
            whole = attribute_vector(space, attribute, method, ())[0]
            alike = cosine(plain, whole)
            lines.append(
                _("cosine {alike:.2f} to the {method}").format(
                    alike=alike, method=method_name(FITTED[0]).lower()
                )
            )
        if locks:
            lines.append(_("locks remove {removed:.0%}").format(removed=removed))
        if seen is not None and attribute in Scorer.attributes:
            lines.append(_seen(seen[0], seen[k + 1], attribute, strength))
        notes.append("\n".join(lines))
    return notes


def _seen(before: np.ndarray, after: np.ndarray, attribute: str, strength: float) -> str:
    """What the classifier says of B faces, (B, 40) scores before and after."""
    target = Scorer.attributes.index(attribute)
    reached = int(((after[:, target] >= SCORE_THRESHOLD) == (strength > 0)).sum())
    change = np.abs(after - before).mean(0)
    change[target] = 0
    worst = int(change.argmax())
    signed = (after - before)[:, worst].mean()
    told = (
        _(
            "{reached} of {count} with it\nleakage {leakage:.1f} points\nmost: {attribute} "
            "{points:+.0f}"
        )
        if strength > 0
        else _(
            "{reached} of {count} without it\n"
            "leakage {leakage:.1f} points\n"
            "most: {attribute} {points:+.0f}"
        )
    )
    return told.format(
        reached=reached,
        count=len(after),
        leakage=100 * leakage(after - before, [target]),
        attribute=attribute_name(Scorer.attributes[worst]),
        points=100 * signed,
    )
