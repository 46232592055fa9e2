"""What one session holds: its recipe, the recipes before and after it, and its favourites."""

from typing import Any
from uuid import uuid4

import numpy as np
import streamlit as st

from explorer.map.layouts import layout
from explorer.recipe.code_text import code_to_text
from explorer.recipe.compose import compose
from explorer.recipe.directions import Direction
from explorer.recipe.errors import LocksError, RecipeError
from explorer.recipe.favourites import Favourite, checked
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace
from explorer.run.run import Run

SHOWN_PAST = 12  # faces on the shelf; undo goes back further
LINK = "face"  # the query parameter that holds the recipe


def open_session(run: Run) -> None:
    """Give a new session its recipe: the one in the address, otherwise the run's first one.

    An address that holds no face of this run is said, and the page opens all the same.
    """
    if "recipe" in st.session_state:
        if LINK not in st.query_params and recipe() != run.first_recipe:  # back from another page
            st.query_params[LINK] = recipe().to_json()
        return
    st.session_state.update(recipe=run.first_recipe, past=[], future=[], favourites=None)
    st.session_state.update(session=uuid4().hex, revision=0, notices=[])
    if LINK in st.query_params:
        try:
            linked = Recipe.from_json(st.query_params[LINK])
            compose(linked, run.space)
            st.session_state["recipe"] = linked
        except RecipeError:  # its text may hold the address, which a toast would render
            st.toast("This model cannot show the face in the address: here is the mean face.")


def recipe() -> Recipe:
    """The session's recipe."""
    return st.session_state["recipe"]


def picture() -> str | None:
    """The id of the picture being edited, None when the face comes from elsewhere."""
    source = recipe().source
    return source.value if source.kind == "picture" else None


def set_recipe(new: Recipe) -> None:
    """Replace the session's recipe; the one before can be had back by `undo`."""
    old = recipe()
    if new == old:
        return
    st.session_state["past"].append(old)
    st.session_state["future"].clear()
    _show(new)


def undo() -> None:
    """Callback: back to the recipe before."""
    if can_undo():
        st.session_state["future"].append(recipe())
        _show(st.session_state["past"].pop())


def redo() -> None:
    """Callback: forward again to the recipe that `undo` left."""
    if can_redo():
        st.session_state["past"].append(recipe())
        _show(st.session_state["future"].pop())


def can_undo() -> bool:
    """Whether there is a recipe before this one."""
    return bool(st.session_state["past"])


def can_redo() -> bool:
    """Whether `undo` left a recipe."""
    return bool(st.session_state["future"])


def _show(new: Recipe) -> None:
    st.session_state["recipe"] = new
    st.query_params[LINK] = new.to_json()


def session() -> str:
    """Names this session, so that the editor notices when the server forgot the one before."""
    return st.session_state["session"]


def revision() -> int:
    """Number of the editor's latest message taken."""
    return st.session_state["revision"]


def take_messages(key: str, space: LatentSpace) -> None:
    """Callback of the editor: what the user did there, oldest first.

    A message is {"revision"} and one of {"recipe"}: sliders were let go or a face was opened,
    {"step"}: -1 for undo, 1 for redo, {"favourites"}: the list was changed, or is what the browser
    stored. Those taken before are told again and skipped. One that cannot be is said.
    """
    for message in st.session_state[key]["messages"]:
        if message["revision"] <= revision():
            continue
        st.session_state["revision"] = message["revision"]
        if "recipe" in message:
            _take_recipe(message["recipe"], space)
        elif "step" in message:
            undo() if message["step"] < 0 else redo()
        elif "favourites" in message:
            _take_favourites(message["favourites"], space)


def _take_recipe(values: Any, space: LatentSpace) -> None:
    try:
        new = Recipe.from_data(values)
        compose(new, space)
    except LocksError:
        say("The locks leave nothing of a slider that is moved: release one, or move it back.")
    except RecipeError:
        say("This model cannot show that face; the one before stays.")
    else:
        set_recipe(new)


def _take_favourites(values: Any, space: LatentSpace) -> None:
    found = checked(values, space)
    set_favourites(found.favourites)
    if found.problems:
        few = len(found.problems) == 1
        say(
            f"{'One favourite was' if few else f'{len(found.problems)} favourites were'} left out: "
            f"this model cannot show {'it' if few else 'them'}, or there are too many."
        )


def say(text: str) -> None:
    """Have `show_notices` say it: a callback may not draw."""
    st.session_state["notices"].append(text)


def show_notices() -> None:
    """Say what callbacks had to say, once."""
    while st.session_state["notices"]:
        st.toast(st.session_state["notices"].pop(0), icon=":material/info:")


def favourites() -> list[Favourite]:
    """The named faces that the user keeps, oldest first."""
    return st.session_state["favourites"] or []


def set_favourites(new: list[Favourite]) -> None:
    """Replace them; the browser stores them when the editor is drawn next."""
    st.session_state["favourites"] = new


def export_shows(shown: bool) -> None:
    """Note that the export popover was drawn for the face and favourites of now, or not at all."""
    st.session_state["exported"] = (recipe(), favourites()) if shown else None


def export_is_stale() -> bool:
    """Whether the open export popover shows what is no longer so."""
    return st.session_state.get("exported") not in (None, (recipe(), favourites()))


def told_favourites() -> bool:
    """Whether the favourites are known: false until the browser told of those it stored."""
    return st.session_state["favourites"] is not None


def past() -> list[Recipe]:
    """The latest recipes before this one, newest first."""
    return st.session_state["past"][: -SHOWN_PAST - 1 : -1]


def pick_on_map(key: str) -> None:
    """Callback of the map: the face of the clicked point becomes the source, edits stay."""
    set_recipe(recipe().with_source(Source("picture", st.session_state[key]["picked"])))


def take_place(key: str, run: Run) -> None:
    """Callback of the map: the face decoded at a place between the points becomes the source.

    One that cannot be made is said.
    """
    taken = st.session_state[key]["taken"]
    try:
        places = np.array([taken["place"]], np.float32)
        codes, support = layout(run, taken["layout"]).blend.at(places)
    except (ValueError, KeyError, TypeError, AttributeError):  # LayoutError among them
        say("That place is not on this map: point at the map once more.")
        return
    if not support[0] > 0:  # NaN is not either
        say("No faces lie near that place to make one from: take a place nearer to the points.")
        return
    set_recipe(recipe().with_source(Source("code", code_to_text(codes[0]))))


def random_face() -> None:
    """Callback: the face of a new seed, without edits."""
    set_recipe(recipe().fresh_face(Source("seed", int(np.random.default_rng().integers(2**32)))))


def mean_face() -> None:
    """Callback: the mean of all codes, without edits."""
    set_recipe(recipe().fresh_face(Source("mean")))


def reset_edits() -> None:
    """Callback: the source alone."""
    set_recipe(recipe().unedited())


def directions() -> list[Direction]:
    """The own directions of this session, oldest first."""
    return st.session_state.setdefault("directions", [])


def add_direction(direction: Direction) -> None:
    """One more own direction; the editor shows its slider when it is drawn next."""
    st.session_state["directions"] = [*directions(), direction]


def drop_direction(text: str) -> None:
    """Forget an own direction; a recipe that moves it keeps it."""
    st.session_state["directions"] = [d for d in directions() if d.text != text]
