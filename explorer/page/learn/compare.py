"""Compare: hourglass and VAE, twins in step."""

import numpy as np
import streamlit as st

from explorer.derived.lenses import LENSES
from explorer.learn.codes import line
from explorer.learn.compare import (
    edited,
    map_figure,
    on_map,
    shared_attributes,
    steadiness,
    walk_figure,
)
from explorer.learn.pictures import FacePictures
from explorer.page.learn import gallery
from explorer.page.learn.parts import (
    Step,
    cache_key,
    say_where_from,
    show_source,
    text,
)
from explorer.page.learn.twins import both
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import Loaded
from explorer.run.twin import same_faces
from training.model.figures import likeness
from training.model.objectives import autoencoder_objective, vae_objective

WALK_FACES = 8  # faces on the walk


def show(loaded: Loaded) -> None:
    """One set of controls, and below it the two models side by side."""
    opened = both(loaded, "there is nothing to compare it with")
    with text("compare"):
        st.markdown(
            "Both twins have the same network and learned from the same pictures, "
            + ", ".join(f"the {name} {_times(loaded)}" for name, loaded in opened.items())
            + ". The one difference is the rate: the VAE pays for what its codes "
            "tell, the hourglass has copying alone to care about. See what that buys, and what it "
            "costs: do edits do what they say, and do walks stay among faces?"
        )
    _show_twins(opened)
    show_source(autoencoder_objective, vae_objective)


def _times(loaded: Loaded) -> str:
    """How often it saw the pictures, as far as its run folder tells."""
    training = loaded.run.config.training
    if training.start:
        return f"{training.epochs} times more after a first training"
    return f"{training.epochs} times"


@st.fragment
def _show_twins(opened: dict[str, Loaded]) -> None:
    first = opened.get("VAE") or opened["hourglass"]
    rows = gallery.rows(first)
    left, right = st.columns(2, gap="large")
    with left:
        start = gallery.pick(first, "The face", "compare-from", 0)
    with right:
        end = gallery.pick(first, "Walk to", "compare-to", 3)
    names = shared_attributes(*opened.values())
    left, middle, right = st.columns(3, gap="large")
    attribute = left.selectbox(
        "Attribute added", names, names.index("Eyeglasses") if "Eyeglasses" in names else 0,
        format_func=attribute_name, key="compare_attribute",
    )  # fmt: skip
    with middle:
        strength = slider("Strength", -3.0, 3.0, 2.0, 0.1, key="compare_strength")
    with right:
        at = slider("Step of the walk", 1, WALK_FACES, 1, 1, key="compare_step") - 1
    lens = st.segmented_control(
        "Lens of the maps", LENSES, default=LENSES[0], required=True, key="compare_lens"
    )
    given = gallery.pictures(first, noise=False)
    for place, (name, loaded) in zip(
        st.columns(len(opened), gap="large"), opened.items(), strict=True
    ):
        with place:
            found = rows if loaded is first else same_faces(first, loaded, rows)
            _show_one(
                name,
                loaded,
                given,
                found[[start, end]],
                (start, attribute, strength),
                at,
                lens,
            )
    st.caption(
        "Maps: orange the walk, green the edit, blue faces that have the attribute. A code is put "
        "where its nearest faces are. Evenness: the longest step between two pictures of the walk "
        "over their mean step, 1 at best."
    )
    say_where_from(given)


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
    st.subheader(name, anchor=False)
    picture = given.pixels[number]
    show_pictures(
        [picture, drawn[0], drawn[-1], drawn[at]],
        ["the picture", "reconstructed", f"{strength:+.1f} {attribute_name(attribute)}",
         f"step {at + 1} of the walk"],
        side=150,
    )  # fmt: skip
    show_pictures(drawn[:WALK_FACES], names=[f"{name}, step {k + 1}" for k in range(WALK_FACES)])
    if given.origin == "real":
        alike = {"likeness (PSNR)": f"{likeness(picture, drawn[0]):.1f} dB"}
    else:  # a picture that the VAE drew is no test of how well it copies
        alike = {"PSNR, validation pictures": f"{loaded.run.report['psnr_mean_db']:.2f} dB"}
    show_numbers(**alike | {
        "evenness of the walk": f"{steadiness(drawn[:WALK_FACES]):.2f}",
    })  # fmt: skip
    places = loaded.run.face_map.positions(f"{lens}/umap2")
    on = on_map(np.concatenate([walk, changed[None]]), faces.mean, places)
    with st.container(key=f"learn-layers-{name}"):
        show_chart(map_figure(places, faces.label(attribute)), f"compare_map_{name}")
        walk_on_map = walk_figure(places, on[:WALK_FACES], at, on[[0, WALK_FACES]])
        show_chart(walk_on_map, f"compare_walk_{name}")


@st.cache_data(max_entries=64, show_spinner=False)
def _walk(key: str, _loaded: Loaded, start: int, end: int) -> np.ndarray:
    """The walk between the codes of two faces, decoded: (WALK_FACES, S, S, 3) uint8."""
    codes = _loaded.run.faces.mean
    return _loaded.renderer.decode(line(codes[start], codes[end], WALK_FACES))


STEP = Step(
    path="compare",
    title="Compare: hourglass and VAE",
    lead="The same face, the same edit and the same walk in both models at once.",
    show=show,
    controls=(("compare_strength", "ArrowLeft"), ("compare_step", "ArrowRight")),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes",
        "Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric",
        "McInnes, Healy & Melville 2018, UMAP (the maps)",
    ),
)
