"""The popover of own directions: made from two groups of faces, exported, imported, dropped."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.components.given_file import given_file
from explorer.editor.export import slug
from explorer.faces.filters import matching
from explorer.language.errors import PARTS, translated
from explorer.language.text import N_, _, n_
from explorer.page import state
from explorer.page.parts import download_button
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import MOST_DIRECTIONS
from explorer.recipe.code_text import LONGEST_NAME
from explorer.recipe.directions import (
    LARGEST_FILE,
    Direction,
    DirectionError,
    direction_between,
    direction_facts,
    direction_json,
    read_direction,
)
from explorer.run.run import Run
from training.run.run_folder import reason

WIDTH = 460  # pixels of the popover's content
ALL, BY_ATTRIBUTES, SELECTED = N_("All faces"), N_("By attributes"), N_("Selected on the map")
GROUPS = (BY_ATTRIBUTES, SELECTED, ALL)
MAKE, IMPORT = N_("Make one"), N_("Import one")
FROM, TO = N_("From"), N_("To")
MEANS = {FROM: N_("From the mean of"), TO: N_("To the mean of")}
CONDITIONS = {N_("has"): N_("any attribute"), N_("has not"): N_("none")}


@st.fragment
def show_directions(run: Run) -> None:
    """Drawn while it is open, so that the rest of the page never pays for it."""
    popover = st.popover(
        _("Directions"),
        icon=":material/moving:",
        key="own_directions",
        on_change="rerun",
    )
    if not popover.open:
        return
    with popover, st.container(width=WIDTH):
        st.caption(
            _(
                "Sliders of your own, from the mean of one group of faces to that of another. They "
                "last as long as this session; links and recipes hold those that are moved."
            )
        )
        _show_own()
        if len(state.directions()) >= MOST_DIRECTIONS:
            st.caption(
                _("These are {count}, the most: drop one to add another.").format(
                    count=MOST_DIRECTIONS
                )
            )
            return
        what = st.segmented_control(
            _("Add"),
            (MAKE, IMPORT),
            format_func=_,
            default=MAKE,
            required=True,
            label_visibility="collapsed",
            key="direction_add",
            persist_state="session",
        )
        (_make if what == MAKE else _import)(run)


def _show_own() -> None:
    """Which there are: what each is made from, its file, and how to be rid of it."""
    if not state.directions():
        return
    chosen = st.selectbox(
        _("Direction"),
        state.directions(),
        format_func=lambda direction: direction.name,
        key="direction_chosen",
    )
    st.caption("  \n".join(direction_facts(chosen)))
    export, drop = st.columns(2)
    with export:
        download_button(
            _("Export direction"),
            partial(direction_json, chosen),
            f"direction-{slug(chosen.name)}.json",
            key="direction_export",
        )
    if drop.button(_("Drop direction"), icon=":material/close:", width="stretch"):
        state.drop_direction(chosen.text)
        st.rerun()


def _make(run: Run) -> None:
    left, right = st.columns(2)
    with left:
        start = _group(run, FROM)
    with right:
        end = _group(run, TO)
    name = st.text_input(_("Name of the direction"), key="direction_name", max_chars=LONGEST_NAME)
    if not st.button(_("Make direction"), type="primary", width="stretch"):
        return
    codes = run.faces.mean
    try:
        taken = tuple(direction.name for direction in state.directions())
        made = direction_between(name, codes[start], codes[end], run.vectors.weights, taken)
    except DirectionError as error:
        _say(error)
    else:
        _add(made)


def _group(run: Run, which: str) -> np.ndarray:
    """(N,) bool: the faces of a group as its widgets choose them, counted below these."""
    kind = st.selectbox(_(MEANS[which]), GROUPS, format_func=_, key=f"direction_{which}")
    if kind == BY_ATTRIBUTES:
        names = [str(name) for name in run.faces.attributes]
        has, has_not = (
            st.multiselect(
                f"{_(which)}: {_(condition)}",
                names,
                format_func=attribute_name,
                key=f"direction_{which}_{condition}",
                placeholder=_(placeholder),
            )
            for condition, placeholder in CONDITIONS.items()
        )
        rows = matching(run.faces, has, has_not)
    else:
        rows = state.selection(run) if kind == SELECTED else np.ones(len(run.faces), bool)
    st.caption(n_("{count:,} face", "{count:,} faces", int(rows.sum())).format(count=rows.sum()))
    return rows


def _import(run: Run) -> None:
    limit = _("a file that was exported here, of at most {size} KiB").format(
        size=LARGEST_FILE // 1024
    )
    file = given_file(
        _("Import a direction: {limit}").format(limit=limit),
        ("json",),
        LARGEST_FILE,
        key="direction_file",
    )
    if file is None:
        return
    try:
        found = read_direction(file.content, run.space.latent, run.vectors.weights)
    except DirectionError as error:
        _say(error)
        return
    if not state.is_new("direction", file.number):
        return
    if any(found.name == known.name for known in state.directions()):
        _say(
            DirectionError(
                _("a name that no other own direction has"),
                repr(found.name),
                _("drop the other one, then choose the file again"),
            )
        )
        return
    _add(found)


def _add(direction: Direction) -> None:
    state.add_direction(direction)
    st.toast(_("The new slider is under Own directions."), icon=":material/moving:")
    st.rerun()  # the editor has a slider more


def _say(error: DirectionError) -> None:
    st.error(_("No direction was added."), icon=":material/error:")
    lines = (f"{_(k)}: {reason(ValueError(translated(getattr(error, k))))}" for k in PARTS)
    st.code("\n".join(lines), language=None, wrap_lines=True)  # a file's text is no Markdown
