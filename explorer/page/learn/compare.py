"""Compare: hourglass and VAE, twins in step."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.codes import line
from explorer.learn.compare import (
    Reached,
    conclusion,
    edited,
    map_figure,
    on_map,
    seen,
    shared_attributes,
    steadiness,
    walk_figure,
)
from explorer.learn.generate import DRAWN_FROM, holes, samples
from explorer.learn.pictures import FacePictures
from explorer.learn.prior import aggregate
from explorer.map.layouts import layout, usual_layout
from explorer.page.glossary import define
from explorer.page.learn import gallery
from explorer.page.learn.parts import (
    NO_LABELS,
    Step,
    cache_key,
    say_where_from,
    show_source,
    text,
)
from explorer.page.learn.predict import Question, ask_first
from explorer.page.learn.twins import both
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import Loaded
from explorer.run.measured import guess_psnr
from explorer.run.twin import NAMES, same_faces
from training.model.figures import likeness
from training.model.objectives import autoencoder_objective, vae_objective

WALK_FACES = 8  # faces on the walk, and random faces
STRENGTH = 2.0  # of the edit at first, and where it is judged
DRAWS = 500  # random codes that may fall into holes
PRIOR = DRAWN_FROM[0]
QUESTION = Question(
    "compare",
    N_(
        "Both models copy a face, add glasses to it, walk from it to another face, and draw "
        "faces from random numbers. Where do you expect the largest difference?"
    ),
    (N_("In the copies"), N_("In the edits and the walks"), N_("In the random faces")),
    N_(
        "Copies, edits and walks are of the same kind in both models. The random faces are not: "
        "those of the hourglass are no faces. The numbers stand at the end of the page."
    ),
)


def show(loaded: Loaded) -> None:
    """One set of controls, and below it the two models side by side."""
    opened = both(loaded, _("there is nothing to compare it with"))
    with text("compare"):
        st.markdown(
            _("Both twins have the same network. ")
            + " ".join(
                _("The {name} {training}.").format(name=_(name), training=_training(loaded))
                for name, loaded in opened.items()
            )
            + _(
                " The VAE pays for what its codes tell, which is the rate; the hourglass only "
                "has to copy. What does that buy, and what does it cost? Do edits do what they "
                "say, do walks stay among faces, and are random faces faces?"
            )
        )
    ask_first(QUESTION, partial(_show_twins, opened))()
    show_source(autoencoder_objective, vae_objective)


def _training(loaded: Loaded) -> str:
    """What it learned from, as far as its run folder tells."""
    if loaded.run.config.model.adopted:
        return _("was trained elsewhere")
    training, pictures = loaded.run.config.training, loaded.run.report.get("trained_on") or {}
    count = pictures.get("train_pictures")
    what = _("{count:,} pictures").format(count=count) if count else _("its pictures")
    more = _(" more, after a first training") if training.start else ""
    return _("saw {what} {epochs} times{more}").format(what=what, epochs=training.epochs, more=more)


@st.fragment
def _show_twins(opened: dict[str, Loaded]) -> None:
    first = opened.get("VAE") or opened["hourglass"]
    rows = gallery.rows(first)
    left, right = st.columns(2, gap="large")
    with left:
        start = gallery.pick(first, _("The face"), "compare-from", 0)
    with right:
        end = gallery.pick(first, _("Walk to"), "compare-to", 3)
    names = shared_attributes(*opened.values())
    if not names:
        st.info(_(NO_LABELS))
        return
    left, middle, right = st.columns(3, gap="large")
    attribute = left.selectbox(
        _("Attribute added"), names, names.index("Eyeglasses") if "Eyeglasses" in names else 0,
        format_func=attribute_name, key="compare_attribute",
    )  # fmt: skip
    with middle:
        strength = slider(_("Strength"), -3.0, 3.0, STRENGTH, 0.1, key="compare_strength")
    with right:
        at = slider(_("Step of the walk"), 1, WALK_FACES, 1, 1, key="compare_step") - 1
    lens = st.segmented_control(
        _("Lens of the maps"),
        lenses := first.run.face_map.lenses.seeing,
        format_func=_,
        default=lenses[0],
        required=True,
        key="compare_lens",
    )
    given = gallery.pictures(first, noise=False)
    of_each = {
        name: rows if loaded is first else same_faces(first, loaded, rows)
        for name, loaded in opened.items()
    }
    for place, (name, loaded) in zip(
        st.columns(len(opened), gap="large"), opened.items(), strict=True
    ):
        with place:
            ends = of_each[name][[start, end]]
            _show_one(name, loaded, given, ends, (start, attribute, strength), at, lens)
    st.caption(
        _(
            "Maps: orange is the walk, green the edit, blue are faces that have the attribute. A "
            "code is edited and marked as Explore does it with that model. Evenness: the longest "
            "step between two pictures of the walk, divided by their mean step; 1 is best. "
        )
        + define("PSNR")
    )
    say_where_from(given)
    if len(opened) == len(NAMES):
        reached = [
            _reached(cache_key(opened[name]), opened[name], of_each[name], attribute)
            for name in ("hourglass", "VAE")
        ]
        _conclude(reached, attribute, len(rows))


def _conclude(reached: list[Reached], attribute: str, faces: int) -> None:
    """In numbers, what the two differ in and what they do not."""
    with text("conclusion"):
        st.markdown(
            _("**What the numbers say.** {conclusion}").format(conclusion=conclusion(*reached))
        )
    st.caption(
        _(
            "PSNR of all validation pictures, from the encoder's own codes. The edit: "
            "{strength:+.0f} {attribute} on the {faces} faces above; the judge took no part in "
            "making the vectors. Random codes: {draws} draws of N(0, I), as in step 3."
        ).format(strength=STRENGTH, attribute=attribute_name(attribute), faces=faces, draws=DRAWS)
    )


def _show_one(
    name: str,
    loaded: Loaded,
    given: FacePictures,
    ends: np.ndarray,
    edit: tuple[int, str, float],
    at: int,
    lens: str,
) -> None:
    """One twin's column. ends: (2,) rows of the face and of where the walk leads, in its own run.

    edit: the face's number in the gallery, the attribute and its strength. at: step of the walk.
    """
    number, attribute, strength = edit
    faces = loaded.run.faces
    picture_id = str(faces.ids[ends[0]])
    walk = line(faces.mean[ends[0]], faces.mean[ends[1]], WALK_FACES)
    changed = edited(loaded, picture_id, attribute, strength)
    key = cache_key(loaded)
    drawn = np.concatenate([_walk(key, loaded, *ends), loaded.renderer.decode(changed[None])])
    st.subheader(_(name), anchor=False)
    picture = given.pixels[number]
    show_pictures(
        [picture, drawn[0], drawn[-1], drawn[at]],
        [_("the picture"), _("its copy"), f"{strength:+.1f} {attribute_name(attribute)}",
         _("step {at} of the walk").format(at=at + 1)],
        side=150,
    )  # fmt: skip
    st.markdown(_("**The walk**"))
    show_pictures(
        drawn[:WALK_FACES],
        names=[_("{name}, step {k}").format(name=_(name), k=k + 1) for k in range(WALK_FACES)],
    )
    st.markdown(_("**Random faces**, z from N(0, I)"))
    show_pictures(
        _random(key, loaded),
        names=[
            _("{name}, random face {k}").format(name=_(name), k=k + 1) for k in range(WALK_FACES)
        ],
    )
    if given.origin == "real":
        alike = {_("PSNR of the copy"): f"{likeness(picture, drawn[0]):.1f} dB"}
    else:  # a picture that the VAE drew is no test of how well it copies
        alike = {_("PSNR, real pictures"): f"{guess_psnr(loaded.run.report):.2f} dB"}
    show_numbers(**alike | {
        _("evenness of the walk"): f"{steadiness(drawn[:WALK_FACES]):.2f}",
    })  # fmt: skip
    name_of_layout = usual_layout(loaded.run, lens)
    places = layout(loaded.run, name_of_layout).positions
    on = on_map(loaded, name_of_layout, np.concatenate([walk, changed[None]]))
    with st.container(key=f"learn-layers-{name}"):
        show_chart(map_figure(places, faces.label(attribute)), f"compare_map_{name}")
        walk_on_map = walk_figure(places, on[:WALK_FACES], at, on[[0, WALK_FACES]])
        show_chart(walk_on_map, f"compare_walk_{name}")


@st.cache_data(max_entries=64, show_spinner=False)
def _walk(key: str, _loaded: Loaded, start: int, end: int) -> np.ndarray:
    """The walk between the codes of two faces, decoded: (WALK_FACES, S, S, 3) uint8."""
    codes = _loaded.run.faces.mean
    return _loaded.renderer.decode(line(codes[start], codes[end], WALK_FACES))


@st.cache_data(max_entries=4, show_spinner=False)
def _random(key: str, _loaded: Loaded) -> np.ndarray:
    """Faces of codes drawn from the prior, the same in both: (WALK_FACES, S, S, 3) uint8."""
    return _loaded.renderer.decode(samples(_loaded, PRIOR, range(WALK_FACES)))


@st.cache_data(max_entries=64, show_spinner=False)
def _reached(key: str, _loaded: Loaded, rows: np.ndarray, attribute: str) -> Reached:
    faces = _loaded.run.faces
    found = holes(aggregate(faces.mean, faces.logvar), samples(_loaded, PRIOR, range(DRAWS)))
    return Reached(
        guess_psnr(_loaded.run.report),
        found.outside,
        seen(_loaded, faces.ids[rows], attribute, STRENGTH),
    )


STEP = Step(
    path="compare",
    title=N_("Compare: hourglass and VAE"),
    lead=N_(
        "The same face, the same edit, the same walk and the same random numbers in both models "
        "at once."
    ),
    show=show,
    controls=(("compare_strength", "ArrowLeft"), ("compare_step", "ArrowRight")),
    words=(
        "hourglass",
        "VAE",
        "rate",
        "prior",
        "hole",
        "lens",
        "attribute vector",
        "judge",
        "PSNR",
    ),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes",
        "Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric",
        "McInnes, Healy & Melville 2018, UMAP (the maps)",
    ),
)
