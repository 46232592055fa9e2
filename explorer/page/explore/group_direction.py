"""A direction from one kept group of the map to another, which becomes a slider of the editor."""

import numpy as np
import streamlit as st

from explorer.faces.groups import GroupError, check_two
from explorer.language.errors import told
from explorer.language.text import _, n_
from explorer.page import state
from explorer.recipe.banks import MOST_DIRECTIONS
from explorer.recipe.code_text import LONGEST_NAME
from explorer.recipe.directions import DirectionError, direction_between
from explorer.run.run import Run

NAME = "group_direction_name"


def keep_buttons(run: Run, rows: np.ndarray) -> None:
    """Two buttons that keep a group (N,) bool under a letter."""
    for name, label in {"A": _("Keep as A"), "B": _("Keep as B")}.items():
        st.button(
            label,
            key=f"keep_{name}",
            on_click=state.keep_group,
            args=(run, name, rows),
            help=_("A direction leads from group A to group B."),
        )


def show_direction(run: Run) -> None:
    """Once a group was kept: both groups, a name, and the button that makes the slider."""
    kept = state.kept_groups(run)
    if not kept:
        return
    everyone = np.ones(len(run.faces), bool)
    first, second = (kept.get(name, everyone) for name in "AB")
    with st.container(border=True, key="group_direction"):
        said = [f"**{name}**, {_size(kept.get(name))}" for name in "AB"]
        st.markdown(_("Direction from {start}, to {end}.").format(start=said[0], end=said[1]))
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
            name = st.text_input(
                _("Name of the new slider"),
                key=NAME,
                max_chars=LONGEST_NAME,
                placeholder=_("Name of the new slider"),
                label_visibility="collapsed",
            )
            wanted = st.button(_("Make a direction"), type="primary", key="group_direction_make")
            st.button(
                _("Forget A and B"), on_click=state.forget_groups, key="group_direction_forget"
            )
        if wanted:
            _make(run, name, first, second)


def _size(rows: np.ndarray | None) -> str:
    if rows is None:
        return _("everyone")
    count = int(rows.sum())
    return n_("{count:,} face", "{count:,} faces", count).format(count=count)


def _make(run: Run, name: str, first: np.ndarray, second: np.ndarray) -> None:
    taken = tuple(direction.name for direction in state.directions())
    codes = run.faces.mean
    try:
        if len(taken) >= MOST_DIRECTIONS:
            raise DirectionError(
                _("at most {count} own directions").format(count=MOST_DIRECTIONS),
                _("{count} already").format(count=len(taken)),
                _("drop one under Directions"),
            )
        check_two(first, second)
        made = direction_between(name, codes[first], codes[second], run.vectors.weights, taken)
    except (GroupError, DirectionError) as error:
        st.error(_("No direction was made; both groups are kept."), icon=":material/error:")
        st.code(told(error), language=None, wrap_lines=True)  # a name is no Markdown
        return
    state.add_direction(made)
    st.toast(_("The new slider is under Own directions."), icon=":material/moving:")
    st.rerun()  # the editor has a slider more
