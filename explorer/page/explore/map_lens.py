"""What the map lays out and how: lens, method and dimensions; and how far that can be believed."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.derived.face_map import DIMENSIONS, PROJECTIONS
from explorer.derived.lenses import LENSES
from explorer.language.text import N_, _, label
from explorer.map.layouts import (
    LENS_NAMES,
    LENS_NOTES,
    Layout,
    first_lens,
    flat,
    layout,
    ticked_layout,
    usual_layout,
)
from explorer.page import state
from explorer.recipe.attributes import attribute_name, plain_name
from explorer.run.run import Run

OWN = "own"  # the lens of attributes that are ticked
LENS, TICKED, METHOD, DIMS = "lens", "lens_ticked", "lens_method", "lens_dims"
NAMES = LENS_NAMES | {OWN: N_("own")}
PROJECTION_NAMES = {"umap": "UMAP", "pca": "PCA"}
LENS_HELP = N_(
    "**attributes** lays out how clearly faces have each attribute, so colours gather. **codes** "
    "lays out the codes themselves: one cloud, because a VAE keeps them near N(0, I). **mix** "
    "takes both, half and half. **own** takes the attributes that you tick."
)
FIGURES_HELP = N_(
    "Legibility: how well the 25 nearest places tell attributes, as mean AUC; 0.5 is chance. "
    "Trustworthiness: how rarely strangers lie among neighbours; 1 is never, 0.5 chance."
)


def lens_name(lens: str) -> str:
    """One of NAMES in the language spoken."""
    return _(NAMES[lens])


def _lens(offered: tuple[str, ...], first: str, told: list[str]) -> str:
    return told[0] if told and told[0] in offered else first


def _ticked(known: list[str], told: list[str]) -> list[str] | None:
    """Addresses of the first version say "Blond Hair" for Blond_Hair."""
    named = {plain_name(name): name for name in known}
    return [named.get(text, text) for text in told if named.get(text, text) in known] or None


def _title(title: str) -> str:
    """Of an axis, see Plane."""
    of = title.removesuffix(" of the rest")
    return label(title) if of == title else _("{axis} of the rest").format(axis=of)


def show_lens(run: Run, first_ticked: str) -> Layout:
    """The controls; returns the chosen layout. first_ticked: attribute an own lens begins with."""
    seeing = run.face_map.lenses.seeing
    first = first_lens(run)
    offered = (*seeing, OWN) if len(seeing) > 1 else seeing  # without labels codes alone
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lens_row"):
        state.read_linked(LENS, partial(_lens, offered, first))
        lens = st.segmented_control(
            _("Lens"),
            offered,
            format_func=lens_name,
            default=first,
            required=True,
            key=LENS,
            help=_(LENS_HELP),
            label_visibility="collapsed",
            persist_state="session",
        )
        state.write_linked(LENS, [lens] if lens != first else [])
        if flat(run, lens):  # there is nothing to choose
            return layout(run, usual_layout(run, lens))
        method, dims = _show_method(lens)
    if lens != OWN:
        return layout(run, f"{lens}/{method}{dims}")
    known = [str(name) for name in run.face_map.lenses.attributes]
    state.start_widget(TICKED, [first_ticked if first_ticked in known else known[0]])
    state.read_linked(TICKED, partial(_ticked, known))
    ticked = st.multiselect(
        _("Attributes of the lens"),
        known,
        format_func=attribute_name,
        key=TICKED,
        placeholder=_("Tick attributes to lay out"),
        label_visibility="collapsed",
        select_all=False,
        persist_state="session",
    )
    state.write_linked(TICKED, ticked)
    if not ticked:
        st.caption(
            _("Tick an attribute to lay faces out by it; until then the lens is {lens}.").format(
                lens=lens_name(LENSES[0])
            )
        )
        return layout(run, f"{LENSES[0]}/{method}{dims}")
    return layout(run, ticked_layout(ticked, dims))


def _show_method(lens: str) -> tuple[str, int]:
    """How places are made, in a popover that is named by it."""
    method = state.widget(METHOD, PROJECTIONS[0])
    dims = state.widget(DIMS, DIMENSIONS[0])
    name = _("axes") if lens == OWN else PROJECTION_NAMES[method]
    with st.popover(f"{name}, {dims}-D", key="lens_how", icon=":material/scatter_plot:"):
        dims = st.segmented_control(
            _("Dimensions"),
            DIMENSIONS,
            default=DIMENSIONS[0],
            required=True,
            format_func=lambda d: f"{d}-D",
            key=DIMS,
            bind="query-params",
            help=_("In 3-D drag to turn, Shift and drag to move."),
            persist_state="session",
        )
        if lens == OWN:
            st.caption(_("Ticked attributes are laid out on straight axes, at once."))
        else:
            method = st.segmented_control(
                _("Method"),
                PROJECTIONS,
                default=PROJECTIONS[0],
                required=True,
                format_func=PROJECTION_NAMES.__getitem__,
                key=METHOD,
                bind="query-params",
                help=_(
                    "**UMAP** keeps neighbours together and bends the rest. **PCA** is a "
                    "straight view along the widest directions: it bends nothing, and keeps "
                    "fewer neighbours."
                ),
                persist_state="session",
            )
    return method, dims


def lens_facts(chosen: Layout) -> str:
    """A line: what the layout is and how far it can be believed; may take a moment to measure."""
    lens = chosen.name.partition("/")[0]
    if flat(chosen.run, lens):
        what = _("The plane of the two dimensions itself: nothing is bent or left out.")
    elif chosen.ticked:
        *others, last = map(attribute_name, chosen.ticked)
        names = _(" and ").join(filter(None, [", ".join(others), last]))
        what = _("Laid out by {names} alone.").format(names=names)
    else:
        what = _(LENS_NOTES[lens])
    axes = (_("across"), _("up"), _("towards you"))
    if chosen.titles:
        told = ", ".join(
            f"{_title(title)} {axis}" for title, axis in zip(chosen.titles, axes, strict=False)
        )
        what = f"{what} {told[0].upper()}{told[1:]}."
    figures = [value for value in chosen.legibility.values() if np.isfinite(value)]
    legible = f"{np.mean(figures):.2f}" if figures else _("not known")
    return _("{what} Legibility {legible}, trustworthiness {trustworthiness:.2f}.").format(
        what=what, legible=legible, trustworthiness=chosen.kept.trustworthiness
    )
