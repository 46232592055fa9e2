"""The popover "A face with …": twelve faces of the flow with what is asked for, to choose from."""

from functools import partial

import streamlit as st

from explorer.faces.filters import matching
from explorer.judge.unseen import unseen
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.parts import data_uri, slider
from explorer.recipe.attributes import attribute_name
from explorer.recipe.names import asked_name
from explorer.recipe.recipe import Source
from explorer.recipe.sample import USUAL, Sample
from explorer.run.loaded import Loaded
from explorer.run.run import Run

KEY = "asked"
WIDTH = 452  # pixels of the popover's content: six faces in a row
FACES = 12
FEW = 10  # faces of the map; with fewer the flow hardly knows what is asked for
PHRASES = {"+": "{name}", "-": N_("not {name}")}
STYLE = """
<style>
[class*="st-key-asked_face"] button { height: auto; padding: 3px; }
[class*="st-key-asked_face"] button img {
  height: 67px; max-height: none; vertical-align: middle; border-radius: 0.35rem;
}
</style>
"""


def show_asked(loaded: Loaded) -> None:
    """Nothing for a run without a flow; drawn while it is open, so that sliders never pay."""
    if loaded.run.space.flow is None:
        return
    popover = st.popover(_("A face with …"), key=KEY, on_change="rerun")
    if not popover.open:
        return
    with popover, st.container(width=WIDTH):
        having, lacking = _choose(loaded.run.space.flow.attributes)
        if both := sorted(set(having) & set(lacking)):
            names = _(" and ").join(attribute_name(name) for name in both)
            st.warning(
                _("No face can be both with and without {names}: take one of the two away.").format(
                    names=names
                ),
                icon=":material/contrast:",
            )
            return
        temperature = slider(_("Temperature"), 0.0, 1.5, USUAL, 0.05, key="asked_temperature")
        if having or lacking:
            _tell(loaded.run, having, lacking)
        _show_faces(loaded, temperature, having, lacking)


def _choose(attributes: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The attributes to have, and those not to have."""
    words = st.multiselect(
        _("A face with …"),
        [f"{sign}{name}" for sign in PHRASES for name in attributes],
        format_func=lambda word: _(PHRASES[word[0]]).format(name=attribute_name(word[1:])),
        key="asked_words",
        placeholder=_("Any face. Choose an attribute, or not an attribute"),
        label_visibility="collapsed",
        filter_mode="contains",
        select_all=False,
        persist_state="session",
    )
    having, lacking = (tuple(w[1:] for w in words if w[0] == sign) for sign in PHRASES)
    return having, lacking


def _tell(run: Run, having: tuple[str, ...], lacking: tuple[str, ...]) -> None:
    """What cannot be given honestly."""
    if blind := unseen((*having, *lacking)):
        told = ", ".join(f"{attribute_name(name)} ({auc:.2f})" for name, auc in blind.items())
        st.caption(
            _(
                ":material/visibility_off: Asked for, but not to be checked: {told}. Even the "
                "classifier hardly tells such faces at this size (AUC, 0.5 by chance), so do not "
                "take these faces for examples."
            ).format(told=told)
        )
    known = set(map(str, run.faces.attributes))
    if known.issuperset((*having, *lacking)):
        count = int(matching(run.faces, having, lacking).sum())
        if count < FEW:
            what = asked_name(having, lacking)
            st.caption(
                _(
                    ":material/search_off: {count} of {faces:,} faces of the map are "
                    "labelled {what}: the flow has hardly seen such faces."
                ).format(count=count, faces=len(run.faces), what=what)
            )


def _show_faces(
    loaded: Loaded, temperature: float, having: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    first = FACES * (state.shuffle(KEY) - 1)
    samples = [Sample(first + k, temperature, having, lacking) for k in range(FACES)]
    renderer = loaded.renderer_of(state.recipe())
    pictures = renderer.decode(loaded.run.space.samples.codes(samples))
    st.html(STYLE)
    key = f"asked_face {first} {temperature} {having} {lacking}"  # another question, none chosen
    st.segmented_control(
        _("Choose a face"),
        range(FACES),
        format_func=lambda k: f"![{_('seed')} {samples[k].seed}]({data_uri(pictures[k])})",
        key=key,
        label_visibility="collapsed",
        on_change=partial(state.after_editor(_take, loaded.run.space), key, samples),
    )
    st.button(_("Twelve others"), on_click=state.shuffle_again, args=(KEY,))


def _take(key: str, samples: list[Sample]) -> None:
    """Callback: the face that was clicked; edits stay."""
    chosen = state.widget(key)
    if chosen is not None:  # a second click takes the mark away
        state.set_recipe(state.recipe().with_source(Source("sample", samples[chosen])))
