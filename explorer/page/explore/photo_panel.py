"""The own-photo popover: a photo in, its face found, corrected and encoded, the recipe set."""

from functools import partial

import numpy as np
import streamlit as st
from PIL import Image

from data.errors import DataError
from explorer.components.given_file import GivenFile, given_photo
from explorer.components.photo_frame import photo_frame
from explorer.judge.familiar import error_map, familiarity
from explorer.language.errors import told
from explorer.language.text import _
from explorer.page import state
from explorer.page.parts import CSS, ONLY_A_GUESS, picture_uri, show_pictures
from explorer.page.state import Photo
from explorer.photo.align import SMALLEST_CROP, Crop, aligned_face, find_place, look_again
from explorer.photo.aligner import aligner
from explorer.photo.photo import (
    EXTENSIONS,
    LARGEST_BYTES,
    LARGEST_SIDE,
    PhotoError,
    read_photo,
)
from explorer.recipe.code_text import code_from_text, code_to_text
from explorer.recipe.recipe import Source
from explorer.run.loaded import Loaded

WIDTH = 460  # pixels of the popover's content
SHOWN_SIDE = 920  # pixels of the longer side of the photo as it is sent to the page
ENLARGED = 2  # times, of the faces below it
KEY = "own_photo"  # whether the popover is open


@st.fragment
def show_photo(loaded: Loaded) -> None:
    """Drawn while it is open, so that the rest of the page never pays for it."""
    popover = st.popover(
        _("Own photo"),
        icon=":material/add_a_photo:",
        width="stretch",
        key=KEY,
        on_change=_shut,
    )
    if not popover.open:
        if state.drop_photo():
            st.rerun()  # it may be the edited face now
        return
    with popover, st.container(width=WIDTH):
        st.html(CSS)
        st.caption(
            _(
                "It stays in this session's memory and is sent to this page alone: nothing is "
                "stored, and it is gone when this is closed."
            )
        )
        given = given_photo(
            _("A photo of a face"), EXTENSIONS, LARGEST_BYTES, LARGEST_SIDE, key="photo_given"
        )
        if given is not None:
            _open(given, loaded.run.schema.is_celeba)
        if (photo := state.photo()) is not None:
            _show_face(loaded, photo)


def _open(given: GivenFile, of_faces: bool) -> None:
    """The photo that was given replaces the one before; says why it cannot be one."""
    state.drop_photo()
    try:
        state.keep_photo(open_photo(given.number, given.content, of_faces))
    except (PhotoError, DataError) as error:
        st.error(told(error).replace("\n", "  \n"), icon=":material/broken_image:")


def open_photo(number: str, content: bytes, of_faces: bool = True) -> Photo:
    """Read a file and find its face; where the model draws other things, these are framed by hand.

    Raises PhotoError, and DataError without the network that finds faces.
    """
    pixels = read_photo(content)
    if not of_faces:
        return Photo(number, pixels, None)
    place = find_place(pixels, aligner())
    return Photo(number, pixels, None if place is None else Crop.of(place))


def _show_face(loaded: Loaded, photo: Photo) -> None:
    of_faces = loaded.run.schema.is_celeba
    if photo.found is None and of_faces:
        st.warning(
            _("No face was found: move the frame over it by hand."),
            icon=":material/frame_person_off:",
        )
    crop = _framed(photo)
    if crop.side < SMALLEST_CROP:
        st.warning(
            _(
                "The frame holds {side:.0f} x {side:.0f} pixels of the photo, too few for a "
                "face; at least {smallest_crop} x {smallest_crop} are needed. Choose a larger "
                "picture of it, or a larger frame."
            ).format(side=crop.side, smallest_crop=SMALLEST_CROP),
            icon=":material/zoom_in:",
        )
        return
    face = aligned_face(photo.pixels, crop.place, loaded.renderer.shape[0])
    # Rounded as a recipe rounds it, so that what is shown is what is used.
    code = code_from_text(code_to_text(loaded.encoder.refined(face[None])[0]))
    seen = not of_faces or look_again(photo.pixels, crop.place) > 0
    _show_reconstruction(loaded, face, code, seen)
    if not loaded.run.config.model.has_likelihood:
        st.caption(_(ONLY_A_GUESS))
    use = partial(state.after_editor(_use, loaded.run.space), code_to_text(code))
    st.button(_("Use this face"), type="primary", width="stretch", on_click=use)


def _use(code: str) -> None:
    """Callback: it becomes the edited face, which the popover would hide."""
    state.set_recipe(state.recipe().fresh_face(Source("code", code)), private=True)
    state.set_widget(KEY, False)


def _shut() -> None:
    """Callback: heard of even where a click opens another popover, which alone is drawn then."""
    if not state.widget(KEY):
        state.drop_photo()


def _framed(photo: Photo) -> Crop:
    """The crop as the frame was set by hand; the one found, exactly, while it was not."""
    first = photo.found or Crop.middle(photo.pixels)
    height, width = photo.pixels.shape[:2]
    shown = Image.fromarray(photo.pixels)
    shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    moved = photo_frame(
        # In the page itself: pictures of st.image lie at an address that answers everybody.
        picture_uri(shown, "JPEG", quality=90),
        (width, height),
        first,
        photo.found is not None,
        photo.number,
        key="photo_frame",
    )
    return first if moved is None else Crop(*moved).on(photo.pixels)


def _show_reconstruction(loaded: Loaded, face: np.ndarray, code: np.ndarray, seen: bool) -> None:
    drawn = loaded.renderer_of(state.recipe()).decode(code[None])[0]
    pictures = {_("The face"): face, _("Reconstruction"): drawn, _("Error"): error_map(face, drawn)}
    side = ENLARGED * face.shape[0]
    show_pictures(list(pictures.values()), list(pictures), side=side, private=True)
    mean = loaded.renderer.decode(code[None])[0]  # whose errors on CelebA's faces are known
    fit = familiarity(loaded.run, code, face, mean, seen)
    if fit.outside:
        st.warning(fit.line, icon=":material/person_alert:")
    else:
        st.caption(fit.line)
