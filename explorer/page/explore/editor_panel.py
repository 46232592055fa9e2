"""The editor: where to start from, what was done before, and the faces under the hand."""

import streamlit as st

from explorer.components.face_editor import face_editor
from explorer.editor.banks import banks
from explorer.editor.calibration import removed_shares
from explorer.editor.export import EFFECTS, STRENGTHS
from explorer.editor.ticks import slider_ticks
from explorer.judge.measured_edits import promises_of
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.explore.asked_panel import show_asked
from explorer.page.parts import slider
from explorer.recipe.directions import direction_facts
from explorer.recipe.link_text import link_text
from explorer.recipe.methods import CURVE
from explorer.recipe.names import method_name, recipe_name, source_name
from explorer.recipe.renderers import RENDERERS
from explorer.recipe.sample import USUAL
from explorer.recipe.space import methods_of
from explorer.run.loaded import Loaded
from explorer.run.run import Run

FIRST_EDIT = "Eyeglasses"  # of the strip, the opening and the invitation

TEMPERATURE = "random_temperature"  # key of the dial beside the button
DIAL_HELP = N_("How far random faces go: low is usual and alike, high is rare and may break.")


@st.fragment
def show_editor(loaded: Loaded, marked: str | None, renderer: str) -> None:
    """Redrawn on its own when a slider is let go; the map is left alone.

    marked: the id of the picture that the map marks, None when it marks none. renderer: that the
    rest of the page is drawn by.
    """
    others = (state.picture(), state.recipe().renderer) != (marked, renderer)
    if others or state.panels_are_stale():
        st.rerun()  # the map, its groups and the panels that are open, too
    state.show_notices()
    _show_buttons(loaded)
    run, recipe = loaded.run, state.recipe()
    names = list(run.space.vectors)
    made = {"directions": {d.text: direction_facts(d) for d in state.directions()}}
    shown = banks(run, recipe, made, promises_of(run))
    face_editor(
        {
            "run": run.vectors.weights,
            "visit": state.visit(),
            "recipe": recipe.to_data(),
            "name": recipe_name(recipe),
            "source": source_name(recipe.source),
            "ticks": slider_ticks(recipe, run),
            "banks": shown,
            "methods": [{"name": m, "label": method_name(m)} for m in methods_of(run.space)],
            "curve": [m for m in reversed(CURVE) if m in methods_of(run.space)],
            "removed": removed_shares(
                recipe, run.space, {b["bank"]: [s["name"] for s in b["sliders"]] for b in shown}
            ),
            "strip": FIRST_EDIT if FIRST_EDIT in names else next(iter(names), ""),
            "link": state.link(),
            "address": link_text(recipe),
            "private": state.is_private(),
            "opening": _opening(run),
            "walk": state.walk(),
            "renderers": [] if run.only_means else _renderers(run),
            "strengths": {"counted": STRENGTHS, "effects": EFFECTS},
            "favourites": _favourites(),
            "past": [{"name": recipe_name(r), "recipe": r.to_data()} for r in state.past()],
        },
        key="editor",
        heard=state.heard("editor"),
        on_messages_change=lambda: state.hear_editor(run.space),
    )


def _opening(run: Run) -> dict | None:
    """The edit that slides on and off again while nobody has done anything yet."""
    if not state.opens_alive() or FIRST_EDIT not in run.space.vectors:
        return None
    return {"bank": "attributes", "name": FIRST_EDIT, "amount": 1}


def _renderers(run: Run) -> list[dict]:
    known = {name: RENDERERS[name] for name in run.renderers}
    return [
        {"name": name, "label": _(its.label), "hint": _(its.hint)} for name, its in known.items()
    ]


def _favourites() -> list[dict] | None:
    return [f.to_data() for f in state.favourites()] if state.told_favourites() else None


def _show_buttons(loaded: Loaded) -> None:
    space = loaded.run.space
    with st.container(horizontal=True, gap="xsmall", key="actions"):
        warmth = state.widget(TEMPERATURE, USUAL)
        st.button(
            _("Random face"),
            on_click=state.after_editor(state.random_face, space),
            args=(space, warmth),
            help=_("Another face; your edits stay on."),
        )
        if space.flow is not None:
            with st.popover("", icon=":material/tune:", key="dial", help=_(DIAL_HELP)):
                slider(_("Temperature"), 0.0, 1.5, USUAL, 0.05, key=TEMPERATURE)
                st.caption(_(DIAL_HELP))
        show_asked(loaded)
        st.button(
            _("Mean face"),
            on_click=state.after_editor(state.mean_face, space),
            help=_("Of all codes, without edits."),
        )
        st.button(
            _("Undo"),
            on_click=state.after_editor(state.undo, space),
            disabled=not state.can_undo(),
            help=_("Ctrl+Z, or Back in the browser"),
        )
        st.button(
            _("Redo"),
            on_click=state.after_editor(state.redo, space),
            disabled=not state.can_redo(),
            help=_("Ctrl+Shift+Z or Ctrl+Y, or Forward in the browser"),
        )
