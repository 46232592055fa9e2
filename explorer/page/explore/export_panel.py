"""The export popover: files of the face on the page, and the import of a recipe."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

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
    strip_codes,
    strip_png,
    strip_strengths,
)
from explorer.language.text import N_, _
from explorer.map.layouts import layout
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
STAR = "★ "  # before the name of a favourite
EDIT_FACTORS, EDIT_FRAMES, PATH_FRAMES = (2, 4, 8), 20, 40
MORPH_FACTORS = (1, 2, 4)  # at 8 the longest morph takes 150 MB while it is made
PATH_HELP = N_(
    "**lerp** goes straight from code to code. **slerp** goes around the mean of the prior, so the "
    "codes between are about as long as those at the ends."
)


@st.fragment
def show_export(loaded: Loaded) -> None:
    """Drawn while it is open, so that the sliders never pay for it.

    A file is made when its button is clicked.
    """
    popover = st.popover(_("Export"), icon=":material/download:", key="export", on_change="rerun")
    state.panel_shows("export", bool(popover.open))
    if not popover.open:
        return
    with popover, st.container(width=WIDTH):
        recipe = state.recipe()
        drawn = (
            ""
            if loaded.run.only_means
            else _(", drawn by {renderer}").format(renderer=loaded.told(recipe))
        )
        edited = _(", edited") if recipe.edited else ""
        st.markdown(f"**{source_name(recipe.source)}**{edited}{drawn}")
        what = st.segmented_control(
            _("Export"),
            list(EXPORTS),
            format_func=_,
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
        _("Along"),
        names,
        first,
        format_func=attribute_name,
        key="export_attribute",
        persist_state="session",
    )
    factor = _size(loaded, FACTORS)
    space, decode = loaded.run.space, loaded.renderer_of(recipe).decode

    def make(kind: str) -> bytes:
        if kind == "png":
            return strip_png(recipe, attribute, space, decode, factor)
        first, *_others, last = strip_strengths(recipe, attribute, space)
        codes = strip_codes(recipe, attribute, space, np.linspace(first, last, EDIT_FRAMES))
        return morph_file(codes, decode, kind, factor=factor, beside=compose(recipe, space))

    _downloads(("png", *FORMATS), make, lambda kind: file_name(recipe, kind, "strip", attribute))


def _edit(loaded: Loaded, recipe: Recipe) -> None:
    """One click each: the edit as it comes on and goes, the original beside it."""
    if not recipe.edited:
        st.caption(_("An animation of what you do to the face: move a slider first."))
        return
    st.caption(_("The edit comes on and goes off again; the original stands beside it."))
    factor = _size(loaded, EDIT_FACTORS)

    def make(kind: str) -> bytes:
        space, decode = loaded.run.space, loaded.renderer_of(recipe).decode
        codes = edit_steps(recipe, space, EDIT_FRAMES)
        original = compose(recipe.unedited(), space)
        return morph_file(codes, decode, kind, factor=factor, beside=original)

    _downloads(FORMATS, make, lambda kind: file_name(recipe, kind, "edit"))


def _path(loaded: Loaded, recipe: Recipe) -> None:
    """The faces along the path that was drawn on the map."""
    drawn = state.path_on_map(loaded.run)
    if drawn is None:
        st.caption(
            _("A path on the map: take **Decode under the pointer** there and click two places.")
        )
        return
    st.caption(_("The faces along the path on the map, there and back; the first beside them."))
    factor = _size(loaded, EDIT_FACTORS)

    def make(kind: str) -> bytes:
        codes = layout(loaded.run, drawn.layout).blend.at(drawn.places(PATH_FRAMES)).codes
        decode = loaded.renderer_of(recipe).decode
        return morph_file(codes, decode, kind, factor=factor, beside=codes[0])

    _downloads(FORMATS, make, lambda kind: f"path.{kind}")


def _morph(loaded: Loaded, recipe: Recipe) -> None:
    mean = recipe.fresh_face(Source("mean"))
    ends = {N_("This face"): recipe, N_("Original"): recipe.unedited(), N_("Mean face"): mean}
    if state.can_undo():
        ends[N_("Before the last change")] = state.past()[0]
    ends |= {f"{STAR}{favourite.name}": favourite.recipe for favourite in state.favourites()}
    left, right = st.columns(2)
    end = ends[_end(right, _("To"), list(ends), "export_to")]
    starts = [name for name, face in ends.items() if face != end]
    if not starts:
        left.caption(_("A morph leads from another face to this one: edit the face first."))
        return
    start = ends[_end(left, _("From"), starts, "export_from")]
    path = st.segmented_control(
        _("Path"),
        list(PATHS),
        default="slerp",
        required=True,
        help=_(PATH_HELP),
        key="export_path",
        persist_state="session",
    )
    frames = st.slider(_("Frames"), *FRAMES, 24, key="export_frames", persist_state="session")
    duration = st.slider(
        _("Milliseconds a frame"),
        *DURATIONS,
        80,
        10,
        key="export_duration",
        persist_state="session",
    )
    back = st.toggle(_("There and back"), True, key="export_back", persist_state="session")
    still = st.toggle(_("The first face beside it"), key="export_beside", persist_state="session")
    factor = _size(loaded, MORPH_FACTORS)

    def make(kind: str) -> bytes:
        first, last = (compose(face, loaded.run.space) for face in (start, end))
        codes = morph(first, last, frames, path)
        decode, beside = loaded.renderer_of(recipe).decode, first if still else None
        return morph_file(codes, decode, kind, duration, factor, back, beside)

    _downloads(FORMATS, make, lambda kind: file_name(end, kind, "morph"))


def _end(column: DeltaGenerator, label: str, names: list[str], key: str) -> str:
    def said(name: str) -> str:  # a favourite's is the user's own
        return name if name.startswith(STAR) else _(name)

    return column.selectbox(label, names, format_func=said, key=key, persist_state="session")


def _code(loaded: Loaded, recipe: Recipe) -> None:
    st.caption(
        _("z, the {latent} numbers that the decoder turns into this face.").format(
            latent=loaded.run.space.latent
        )
    )
    code = partial(compose, recipe, loaded.run.space)
    npy, csv = st.columns(2)
    with npy:
        _download("NPY", file_name(recipe, "npy", "z"), lambda: code_npy(code()))
    with csv:
        _download("CSV", file_name(recipe, "csv", "z"), lambda: code_csv(code()))


def _recipe(loaded: Loaded, recipe: Recipe) -> None:
    st.caption(
        _("Where the face comes from and what was done to it. Import it to go on from there.")
    )
    weights = loaded.run.vectors.weights
    _download("JSON", file_name(recipe, "json", "recipe"), lambda: recipe_json(recipe, weights))
    _import(loaded)


def _import(loaded: Loaded) -> None:
    """Take a recipe file once, as an edit that can be undone; say why when it cannot be."""
    file = _upload(_("Import a recipe"), "import_a_recipe", LARGEST_RECIPE)
    if file is None:
        return
    try:
        found = read_recipe(file.content, loaded.run.space, loaded.run.vectors.weights)
    except RecipeError as error:
        _refuse(_("the face stays as it was"), error)
        return
    if state.is_new("recipe", file.number):
        state.set_recipe(found.recipe)
        st.rerun()  # the editor and the map show it, too
    st.success(_("Imported. **Undo** brings back the face before."), icon=":material/check:")
    if found.warning:
        st.warning(
            _("It may be another face here: {warning}.").format(warning=found.warning),
            icon=":material/info:",
        )


def _favourites(loaded: Loaded, recipe: Recipe) -> None:
    kept, weights = state.favourites(), loaded.run.vectors.weights
    st.caption(_("All faces kept under a name, in one file. Import it in another browser."))
    if kept:
        _download("JSON", "favourites.json", lambda: favourites_json(kept, weights))
    else:
        st.caption(_("None are kept yet: **Keep this face** is below the sliders."))
    file = _upload(_("Import favourites"), "import_favourites", LARGEST_FILE)
    if file is None:
        return
    try:
        found = read_favourites(file.content, loaded.run.space, weights, kept)
    except RecipeError as error:
        _refuse(_("the favourites stay as they were"), error)
        return
    if state.is_new("favourites", file.number):
        state.set_import_problems(found.problems)
        state.set_favourites(found.favourites)
        st.rerun()  # the editor shows them, too
    problems = state.import_problems()
    st.success(_("Imported: they follow those that were kept."), icon=":material/check:")
    if problems:
        st.warning(_("Not all is as in the file:"), icon=":material/info:")
        st.code("\n".join(problems), language=None, wrap_lines=True)  # a file's text is no Markdown


def _upload(label: str, key: str, most: int) -> GivenFile | None:
    """The file that was given, None without one. most: bytes."""
    limit = _("a file that was exported here, of at most {size} KiB").format(size=most // 1024)
    return given_file(f"{label}: {limit}", ("json",), most, key=key)


def _refuse(stays: str, error: RecipeError) -> None:
    st.error(_("Not imported; {stays}.").format(stays=stays), icon=":material/error:")
    st.code(reason(error), language=None, wrap_lines=True)  # a file's text is no Markdown


EXPORTS = {
    N_("Face"): _face,
    N_("Strip"): _strip,
    N_("Edit"): _edit,
    N_("Path"): _path,
    N_("Morph"): _morph,
    N_("Code"): _code,
    N_("Recipe"): _recipe,
    N_("Favourites"): _favourites,
}


def _size(loaded: Loaded, factors: tuple[int, ...]) -> int:
    side = loaded.renderer.shape[0]
    return st.segmented_control(
        _("Pixels"),
        factors,
        default=factors[-2],
        required=True,
        format_func=lambda factor: str(factor * side),
        key=f"export_size_{factors[-1]}",
        persist_state="session",
    )


def _downloads(
    kinds: Sequence[str], make: Callable[[str], bytes], name: Callable[[str], str]
) -> None:
    """A button for each kind of file, side by side. make, name: of a kind."""
    for kind, column in zip(kinds, st.columns(len(kinds)), strict=True):
        with column:
            _download(kind.upper(), name(kind), partial(make, kind))


def _download(label: str, name: str, make: Callable[[], bytes | str]) -> None:
    download_button(label, make, name, key=f"export_{label}")
