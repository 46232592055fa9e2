"""Step 2: exploring codes."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.components.face_map import face_map
from explorer.derived.face_map import lay_out
from explorer.language.text import N_, _
from explorer.learn.codes import blend, line, mean_code, surprise
from explorer.map.columns import first_colour
from explorer.map.layouts import usual_layout
from explorer.page import state
from explorer.page.learn import gallery
from explorer.page.learn.parts import NO_LABELS, Step, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import select_slider, show_numbers, show_pictures, slider
from explorer.recipe.attributes import attribute_name
from explorer.recipe.latent_algebra import mean_difference
from explorer.run.loaded import Loaded
from explorer.run.run import run_key

MOST_OFFERED = 4  # labels beside the map
FIRST = ("Blond_Hair", "Eyeglasses", "Smiling", "Male")  # to colour by
LINE_FACES = 8  # faces on a line
MAP, QUICK = "codes_map", "codes_quick"
QUESTION = Question(
    "codes",
    N_(
        "The network never heard the word *blond*. We colour the codes of blond faces. Where do "
        "they lie among the others?"
    ),
    (
        N_("In a group of their own"),
        N_("More in some places than in others"),
        N_("Evenly everywhere"),
    ),
    N_(
        "Through the lens *codes* the blond faces are more in some places than in others. They "
        "are no group of their own, because a code holds much more than the hair. Change to the "
        "lens *attributes* and they move together: that map is made of attributes."
    ),
)


def show(loaded: Loaded) -> None:
    """The map, means of codes, and a line between two codes."""
    with section("map", ask_first(QUESTION, partial(_show_map, loaded)), lay_out, first=True):
        st.markdown(
            _(
                "A code of this model has {latent} numbers, which nobody can look at. A map puts "
                "all codes on a plane, so that neighbours stay neighbours. The network was never "
                "told what blond hair or eyeglasses are. Colour the map and look: are faces that "
                "have the same attribute near each other?"
            ).format(latent=loaded.renderer.latent)
        )
        st.markdown(
            _(
                "A *lens* says what the map looks at. Through **codes** you see the codes as "
                "they are. Through **attributes** you see something else: for each attribute a "
                "simple linear rule reads from the code how clearly the face has it, and the map "
                "is made of these readings. Through it faces with one attribute lie together "
                "because the map is made that way. **mix** takes half of each."
            )
        )
        st.markdown(_("Point at the map to see faces. **Click one to decode its code.**"))
    with section("mean", partial(_show_means, loaded), mean_difference):
        st.markdown(_("**A mean of codes** is a code like any other, and can be decoded:"))
        st.latex(r"\bar z = \frac1n \sum_{i=1}^{n} z_i")
        st.markdown(
            _(
                "The mean of the codes of many faces is a clear face: it shows what they have in "
                "common. Take the mean of the faces that have an attribute, and subtract the "
                "mean of the others. The result is a *direction*, which adds the attribute to "
                "any face."
            )
        )
    with section("line", partial(_show_line, loaded), line, blend):
        st.markdown(_("**A line between two codes**, decoded step by step:"))
        st.latex(r"z_t = (1 - t)\,z_0 + t\,z_1")
        st.markdown(
            _(
                "Below it stands the same line between the two *pictures*, in a space of "
                "{size:,} dimensions. In its middle you see both faces at once, one through the "
                "other. Between two codes there are codes of faces; between two pictures there "
                "are no pictures of faces."
            ).format(size=loaded.run.config.model.values)
        )


@st.fragment
def _show_map(loaded: Loaded) -> None:
    run = loaded.run
    known = [str(name) for name in run.faces.attributes]
    offered = [name for name in FIRST if name in known]
    colour = state.codes_colour(first_colour(run, next(iter(offered), "")))
    left, right = st.columns([3, 2])
    offered = offered or known[:MOST_OFFERED]
    left.segmented_control(
        _("Coloured by"), offered, default=colour if colour in offered else None, key=QUICK,
        format_func=attribute_name, on_change=lambda: _take_colour(state.widget(QUICK), known),
    )  # fmt: skip
    lens = right.segmented_control(
        _("Lens"),
        run.face_map.lenses.seeing,
        format_func=_,
        default="codes",
        required=True,
        key="codes_lens",
    )
    picked = state.picked_code(str(run.faces.ids[gallery.rows(loaded)[0]]))
    face_map(
        MAP,
        run_key=run_key(run),
        count=len(run.faces),
        layout=usual_layout(run, lens),
        colour=colour,
        filter_text="",
        picked=picked if picked in run.space.row_of else None,
        tells_colour=True,
        heard=state.heard(MAP),
        on_messages_change=lambda: state.hear(
            MAP, {"picked": state.pick_code, "colour": lambda name: _take_colour(name, known)}
        ),
        name=_("Map of codes"),
    )
    if picked in run.space.row_of:
        code = run.space.codes[run.space.row_of[picked]]
        show_pictures(loaded.renderer.decode(code[None]), [_("the picked code, decoded")])
        if colour not in known:
            return
        has = run.faces.label(colour)
        show_numbers(**{
            _(
                "labelled {colour}"
).format(colour=attribute_name(colour)): _(
                "{count:,} of {total:,} faces"
).format(count=has.sum(), total=len(has)),
            _("the picked face, too?"): _("yes") if has[run.faces.ids == picked].any() else _("no"),
        })  # fmt: skip


def _take_colour(chosen: str | None, known: list[str]) -> None:
    """Callback of the buttons and of the map, which has a menu of all colours."""
    if chosen in known:
        state.set_codes_colour(chosen)
        state.set_widget(QUICK, chosen if chosen in (*FIRST, *known[:MOST_OFFERED]) else None)


@st.fragment
def _show_means(loaded: Loaded) -> None:
    faces = loaded.run.faces
    known = [str(name) for name in faces.attributes]
    offered = [name for name in known if 0 < faces.label(name).sum() < len(faces)]
    if not offered:
        st.info(_(NO_LABELS))
        return
    first = next((name for name in FIRST[1:] if name in offered), offered[0])
    left, right = st.columns(2)
    attribute = left.selectbox(
        _("Attribute"), offered, offered.index(first), format_func=attribute_name, key="codes_mean"
    )
    has = faces.label(attribute)
    most = int(min(has.sum(), (~has).sum()))
    counts = sorted({k for k in (1, 2, 4, 8, 16, 64, 256, most) if k <= most})
    with right:
        count = select_slider(_("Mean of so many faces"), counts, counts[-1], "codes_count")
        strength = slider(
            _("Add the direction to a face"), -3.0, 3.0, 2.0, 0.1, key="codes_strength"
        )
    means = [mean_code(faces.mean, rows.nonzero()[0][:count]) for rows in (~has, has)]
    direction = mean_difference(faces.mean, has)
    own = faces.mean[gallery.rows(loaded)[0]]
    edited = own + strength * direction
    shown = loaded.renderer.decode(np.stack([*means, own, edited]).astype(np.float32))
    name = attribute_name(attribute)
    captions = (
        _("mean of {count:,} faces: not {name}").format(count=count, name=name),
        _("mean of {count:,} faces: {name}").format(count=count, name=name),
        _("one face"),
        _("this face {strength:+.1f} × the direction").format(strength=strength),
    )
    show_pictures(shown, captions, side=150)
    show_numbers(**{
        _("from the middle, one face"): f"{surprise(faces.mean, own):.2f}",
        _("the mean: {name}").format(name=name): f"{surprise(faces.mean, means[1]):.2f}",
    })  # fmt: skip
    st.caption(_("From the middle: the distance from the mean of all codes; a typical face has 1."))


@st.fragment
def _show_line(loaded: Loaded) -> None:
    codes = loaded.run.faces.mean[gallery.rows(loaded)]
    start = gallery.pick(loaded, _("From"), "codes-from", 0)
    end = gallery.pick(loaded, _("To"), "codes-to", 3)
    walk = loaded.renderer.decode(line(codes[start], codes[end], LINE_FACES))
    at = slider(_("Between codes and between pictures, t"), 0.0, 1.0, 0.5, 0.02, key="codes_at")
    here = loaded.renderer.decode(((1 - at) * codes[start] + at * codes[end])[None])[0]
    mixed = ((1 - at) * walk[0] + at * walk[-1]).round().astype("uint8")
    show_pictures(
        [here, mixed],
        [_("code at t = {at:.2f}").format(at=at), _("pictures at t = {at:.2f}").format(at=at)],
        side=150,
    )
    st.markdown(_("**between codes**"))
    show_pictures(walk, names=[_("between codes")] * LINE_FACES)
    st.markdown(_("**between pictures**"))
    show_pictures(blend(walk[0], walk[-1], LINE_FACES), names=[_("between pictures")] * LINE_FACES)


STEP = Step(
    path="codes",
    title=N_("Exploring codes"),
    lead=N_(
        "What does a code remember? See where codes lie, and decode codes that belong to no "
        "picture."
    ),
    show=show,
    controls=(("codes_at", "ArrowRight"), ("codes_strength", "ArrowLeft")),
    words=("code", "decoder", "attribute", "lens", "UMAP"),
    sources=(
        "McInnes, Healy & Melville 2018, UMAP (the map)",
        "Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric, "
        "section 4 (directions)",
        "White 2016, Sampling generative networks",
    ),
)
