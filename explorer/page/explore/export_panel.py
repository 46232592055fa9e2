"""The export popover: files of the face on the page, and the import of a recipe."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.components.given_file import GivenFile, given_file
from explorer.editor.export import (
    DURATIONS,
    FORMATS,
    FRAMES,
    LARGEST_RECIPE,
    PATHS,
    code_csv,
    code_npy,
    edit_steps,
    face_png,
    file_name,
    morph,
    morph_file,
    read_recipe,
    recipe_json,
    strip_png,
)
from explorer.page import state
from explorer.page.explore.editor_panel import FIRST_EDIT
from explorer.page.parts import download_button
from explorer.recipe.attributes import attribute_name
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.favourites import LARGEST_FILE, favourites_json, read_favourites
from explorer.recipe.names import source_name
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded
from training.run.run_folder import reason

WIDTH = 440  # pixels; otherwise the longest line decides
FACTORS = (1, 2, 4, 8)
EDIT_FACTORS, EDIT_FRAMES = (2, 4, 8), 20
MORPH_FACTORS = (1, 2, 4)  # at 8 the longest morph takes 150 MB while it is made
PATH_HELP = (
    "**lerp** goes straight from code to code. **slerp** goes around the mean of the prior, so the "
    "codes between are about as long as those at the ends."
)


@st.fragment
def show_export(loaded: Loaded) -> None:
    """Drawn while it is open, so that the sliders never pay for it.

    A file is made when its button is clicked.
    """
    popover = st.popover("Export", icon=":material/download:", key="export", on_change="rerun")
    state.panel_shows("export", bool(popover.open))
    if not popover.open:
        return
    with popover, st.container(width=WIDTH):
        recipe = state.recipe()
        drawn = "" if loaded.run.only_means else f", drawn by {loaded.told(recipe)}"
        edited = ", edited" if recipe.edited else ""
        st.markdown(f"**{source_name(recipe.source)}**{edited}{drawn}")
        what = st.segmented_control(
            "Export",
            list(EXPORTS),
            default="Face",
            required=True,
            label_visibility="collapsed",
            key="export_what",
            persist_state="session",
        )
        EXPORTS[what](loaded, recipe)


def _face(loaded: Loaded, recipe: Recipe) -> None:
    factor = _size(loaded, FACTORS)
    _download(
        "PNG",
        file_name(recipe, "png"),
        lambda: face_png(recipe, loaded.run.space, loaded.renderer_of(recipe).decode, factor),
    )


def _strip(loaded: Loaded, recipe: Recipe) -> None:
    names = list(loaded.run.space.vectors)
    first = names.index(FIRST_EDIT) if FIRST_EDIT in names else 0
    attribute = st.selectbox(
        "Along",
        names,
        first,
        format_func=attribute_name,
        key="export_attribute",
        persist_state="session",
    )
    factor = _size(loaded, FACTORS)
    _download(
        "PNG",
        file_name(recipe, "png", "strip", attribute),
        lambda: strip_png(
            recipe, attribute, loaded.run.space, loaded.renderer_of(recipe).decode, factor
        ),
    )


def _edit(loaded: Loaded, recipe: Recipe) -> None:
    """One click each: the edit as it comes on and goes, the original beside it."""
    if not recipe.edited:
        st.caption("An animation of what you do to the face: move a slider first.")
        return
    st.caption("The edit comes on and goes off again; the original stands beside it.")
    factor = _size(loaded, EDIT_FACTORS)

    def make(kind: str) -> bytes:
        space, decode = loaded.run.space, loaded.renderer_of(recipe).decode
        codes = edit_steps(recipe, space, EDIT_FRAMES)
        original = compose(recipe.unedited(), space)
        return morph_file(codes, decode, kind, factor=factor, beside=original)

    for kind, column in zip(FORMATS, st.columns(len(FORMATS)), strict=True):
        with column:
            _download(kind.upper(), file_name(recipe, kind, "edit"), partial(make, kind))


def _morph(loaded: Loaded, recipe: Recipe) -> None:
    mean = recipe.fresh_face(Source("mean"))
    ends = {"This face": recipe, "Original": recipe.unedited(), "Mean face": mean}
    if state.can_undo():
        ends["Before the last change"] = state.past()[0]
    ends |= {f"★ {favourite.name}": favourite.recipe for favourite in state.favourites()}
    left, right = st.columns(2)
    end = ends[right.selectbox("To", list(ends), key="export_to", persist_state="session")]
    starts = [name for name, face in ends.items() if face != end]
    if not starts:
        left.caption("A morph leads from another face to this one: edit the face first.")
        return
    start = ends[left.selectbox("From", starts, key="export_from", persist_state="session")]
    path = st.segmented_control(
        "Path",
        list(PATHS),
        default="slerp",
        required=True,
        help=PATH_HELP,
        key="export_path",
        persist_state="session",
    )
    frames = st.slider("Frames", *FRAMES, 24, key="export_frames", persist_state="session")
    duration = st.slider(
        "Milliseconds a frame", *DURATIONS, 80, 10, key="export_duration", persist_state="session"
    )
    back = st.toggle("There and back", True, key="export_back", persist_state="session")
    still = st.toggle("The first face beside it", key="export_beside", persist_state="session")
    factor = _size(loaded, MORPH_FACTORS)

    def make(kind: str) -> bytes:
        first, last = (compose(face, loaded.run.space) for face in (start, end))
        codes = morph(first, last, frames, path)
        decode, beside = loaded.renderer_of(recipe).decode, first if still else None
        return morph_file(codes, decode, kind, duration, factor, back, beside)

    for kind, column in zip(FORMATS, st.columns(len(FORMATS)), strict=True):
        with column:
            _download(kind.upper(), file_name(end, kind, "morph"), partial(make, kind))


def _code(loaded: Loaded, recipe: Recipe) -> None:
    st.caption(f"z, the {loaded.run.space.latent} numbers that the decoder turns into this face.")
    code = partial(compose, recipe, loaded.run.space)
    npy, csv = st.columns(2)
    with npy:
        _download("NPY", file_name(recipe, "npy", "z"), lambda: code_npy(code()))
    with csv:
        _download("CSV", file_name(recipe, "csv", "z"), lambda: code_csv(code()))


def _recipe(loaded: Loaded, recipe: Recipe) -> None:
    st.caption("Where the face comes from and what was done to it. Import it to go on from there.")
    weights = loaded.run.vectors.weights
    _download("JSON", file_name(recipe, "json", "recipe"), lambda: recipe_json(recipe, weights))
    _import(loaded)


def _import(loaded: Loaded) -> None:
    """Take a recipe file once, as an edit that can be undone; say why when it cannot be."""
    file = _upload("Import a recipe", LARGEST_RECIPE)
    if file is None:
        return
    try:
        found = read_recipe(file.content, loaded.run.space, loaded.run.vectors.weights)
    except RecipeError as error:
        _refuse("the face stays as it was", error)
        return
    if state.is_new("recipe", file.number):
        state.set_recipe(found.recipe)
        st.rerun()  # the editor and the map show it, too
    st.success("Imported. **Undo** brings back the face before.", icon=":material/check:")
    if found.warning:
        st.warning(f"It may be another face here: {found.warning}.", icon=":material/info:")


def _favourites(loaded: Loaded, recipe: Recipe) -> None:
    kept, weights = state.favourites(), loaded.run.vectors.weights
    st.caption("All faces kept under a name, in one file. Import it in another browser.")
    if kept:
        _download("JSON", "favourites.json", lambda: favourites_json(kept, weights))
    else:
        st.caption("None are kept yet: **Keep this face** is below the sliders.")
    file = _upload("Import favourites", LARGEST_FILE)
    if file is None:
        return
    try:
        found = read_favourites(file.content, loaded.run.space, weights, kept)
    except RecipeError as error:
        _refuse("the favourites stay as they were", error)
        return
    if state.is_new("favourites", file.number):
        state.set_import_problems(found.problems)
        state.set_favourites(found.favourites)
        st.rerun()  # the editor shows them, too
    problems = state.import_problems()
    st.success("Imported: they follow those that were kept.", icon=":material/check:")
    if problems:
        st.warning("Not all is as in the file:", icon=":material/info:")
        st.code("\n".join(problems), language=None, wrap_lines=True)  # a file's text is no Markdown


def _upload(label: str, most: int) -> GivenFile | None:
    """The file that was given, None without one. most: bytes."""
    limit = f"a file that was exported here, of at most {most // 1024} KiB"
    return given_file(f"{label}: {limit}", ("json",), most, key=label.lower().replace(" ", "_"))


def _refuse(stays: str, error: RecipeError) -> None:
    st.error(f"Not imported; {stays}.", icon=":material/error:")
    st.code(reason(error), language=None, wrap_lines=True)  # a file's text is no Markdown


EXPORTS = {
    "Face": _face,
    "Strip": _strip,
    "Edit": _edit,
    "Morph": _morph,
    "Code": _code,
    "Recipe": _recipe,
    "Favourites": _favourites,
}


def _size(loaded: Loaded, factors: tuple[int, ...]) -> int:
    side = loaded.renderer.shape[0]
    return st.segmented_control(
        "Pixels",
        factors,
        default=factors[-2],
        required=True,
        format_func=lambda factor: str(factor * side),
        key=f"export_size_{factors[-1]}",
        persist_state="session",
    )


def _download(label: str, name: str, make: Callable[[], bytes | str]) -> None:
    download_button(label, make, name, key=f"export_{label}")
