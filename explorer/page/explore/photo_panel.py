"""The own-photo popover: a photo in, its face found, corrected and encoded, the recipe set."""

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from data.errors import DataError
from explorer.judge.familiar import error_map, familiarity
from explorer.page import state
from explorer.page.parts import CSS, picture_uri, show_pictures
from explorer.page.state import Photo
from explorer.photo.align import Crop, aligned_face, aligner, find_place, look_again
from explorer.photo.photo import EXTENSIONS, LARGEST_MB, PhotoError, read_photo
from explorer.recipe.code_text import code_from_text, code_to_text
from explorer.recipe.recipe import Source
from explorer.run.loaded import Loaded

WIDTH = 460  # pixels of the popover's content
PHOTO_SIDE = 460  # pixels, longer side of the photo as shown
ENLARGED = 2  # times, of the faces below it
SLIDERS = ("photo_x", "photo_y", "photo_side", "photo_angle")


@st.fragment
def show_photo(loaded: Loaded) -> None:
    """Drawn while it is open, so that the rest of the page never pays for it."""
    popover = st.popover(
        "Own photo",
        icon=":material/add_a_photo:",
        width="stretch",
        key="own_photo",
        on_change="rerun",
    )
    if not popover.open:
        state.drop_photo()
        return
    with popover, st.container(width=WIDTH):
        st.html(CSS)
        photo = _take_photo()
        if photo is not None:
            _show_face(loaded, photo)


def _take_photo() -> Photo | None:
    """The upload or the camera's picture, read and searched once; None without a usable one."""
    st.caption(
        "It stays in this session's memory and is sent to this page alone: nothing is stored, and "
        "it is gone when this is closed."
    )
    if st.toggle("Use the camera", key="photo_camera"):
        upload = st.camera_input("Camera", key="photo_shot")
    else:
        upload = st.file_uploader(
            "A photo of a face",
            EXTENSIONS,
            max_upload_size=LARGEST_MB,
            key="photo_upload",
        )
    if upload is None:
        state.drop_photo()
        return None
    photo = state.photo()
    if photo is None or photo.file != upload.file_id:
        try:
            photo = open_photo(upload.file_id, upload.getvalue())
            state.empty_upload(upload)
        except (PhotoError, DataError) as error:
            state.drop_photo()
            st.error(str(error).replace("\n", "  \n"), icon=":material/broken_image:")
            return None
        state.keep_photo(photo)
        _set_sliders(photo)
    return photo


def open_photo(file: str, content: bytes) -> Photo:
    """Read a file and find its face. Raises PhotoError, and DataError without the network."""
    pixels = read_photo(content)
    place = find_place(pixels, aligner())
    return Photo(file, pixels, None if place is None else Crop.of(place))


def _set_sliders(photo: Photo) -> None:
    height, width = photo.pixels.shape[:2]
    crop = photo.found or Crop.middle(photo.pixels)
    values = (
        100 * crop.x / width,
        100 * crop.y / height,
        100 * crop.side / min(width, height),
        crop.angle,
    )
    for key, value, (low, high) in zip(SLIDERS, values, _limits(), strict=True):
        state.set_widget(key, float(np.clip(round(value, 1), low, high)))


def _limits() -> list[tuple[float, float]]:
    return [(0.0, 100.0), (0.0, 100.0), (2.0, 200.0), (-180.0, 180.0)]


def _show_face(loaded: Loaded, photo: Photo) -> None:
    if photo.found is None:
        st.warning(
            "No face was found: move the frame over it by hand.", icon=":material/frame_person_off:"
        )
    crop = _correct(photo)
    # In the page itself: pictures of st.image lie at an address that answers everybody.
    shown = picture_uri(framed(photo.pixels, crop), "JPEG", quality=90)
    st.html(f'<img src="{shown}" alt="The photo, the square of the face framed" width="100%">')
    face = aligned_face(photo.pixels, crop.place, loaded.renderer.shape[0])
    # Rounded as a recipe rounds it, so that what is shown is what is used.
    code = code_from_text(code_to_text(loaded.encoder.refined(face[None])[0]))
    _show_reconstruction(loaded, face, code, look_again(photo.pixels, crop.place) > 0)
    if st.button("Use this face", type="primary", width="stretch"):
        state.set_recipe(state.recipe().fresh_face(Source("code", code_to_text(code))))
        st.rerun()


def _show_reconstruction(loaded: Loaded, face: np.ndarray, code: np.ndarray, seen: bool) -> None:
    drawn = loaded.renderer_of(state.recipe()).decode(code[None])[0]
    pictures = {"The face": face, "Reconstruction": drawn, "Error": error_map(face, drawn)}
    side = ENLARGED * face.shape[0]
    show_pictures(list(pictures.values()), list(pictures), side=side, private=True)
    mean = loaded.renderer.decode(code[None])[0]  # whose errors on CelebA's faces are known
    fit = familiarity(loaded.run, code, face, mean, seen)
    if fit.outside:
        st.warning(fit.line, icon=":material/person_alert:")
    else:
        st.caption(fit.line)


def _correct(photo: Photo) -> Crop:
    """The crop as the sliders say; the one found, exactly, while they were not moved."""
    height, width = photo.pixels.shape[:2]
    with st.expander("Correct the frame by hand", expanded=photo.found is None):
        names = ("Left to right, %", "Top to bottom, %", "Size, %", "Turned clockwise, degrees")
        values = [
            st.slider(name, low, high, step=0.1, key=key)
            for name, key, (low, high) in zip(names, SLIDERS, _limits(), strict=True)
        ]
        if photo.found is not None:
            st.button("As it was found", on_click=_set_sliders, args=(photo,))
    x, y, side, angle = values
    set_by_hand = Crop(x / 100 * width, y / 100 * height, side / 100 * min(width, height), angle)
    found = photo.found
    return found if found and _is_close(set_by_hand, found, max(width, height)) else set_by_hand


def _is_close(crop: Crop, found: Crop, longest: int) -> bool:
    """Whether a crop differs from the one found by no more than the sliders round.

    longest: pixels, the longer side of the photo.
    """
    step = 0.06 / 100 * longest
    tolerances = Crop(step, step, step, 0.06)
    return all(abs(a - b) <= most for a, b, most in zip(crop, found, tolerances, strict=True))


def framed(pixels: np.ndarray, crop: Crop) -> Image.Image:
    """The photo (H, W, 3) uint8 at most PHOTO_SIDE pixels wide and high, the crop drawn on it."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    scale = picture.width / pixels.shape[1]
    corners = [(x * scale, y * scale) for x, y in crop.corners]
    pen = ImageDraw.Draw(picture)
    for colour, width in (("black", 5), ("white", 2)):  # seen on any ground
        pen.line([*corners, corners[0], corners[1]], colour, width, joint="curve")
    return picture
