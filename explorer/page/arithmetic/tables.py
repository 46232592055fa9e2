"""What the two tables of edited faces share: whose faces, and what happens on a click."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from data.errors import DataError
from explorer.judge.report_card import leakage
from explorer.judge.scorer import Scorer, scorer
from explorer.language.errors import told
from explorer.language.text import N_, _
from explorer.page import state
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.recipe.compose import compose, random_source
from explorer.recipe.names import source_name
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded

SEEDS = 10_000  # short ones, that can be told
FACES = (N_("Favourites and recent"), N_("Random"), N_("From the map"))


def has_labels(loaded: Loaded) -> bool:
    """Whether the run has attribute vectors; says so where it has none."""
    if not loaded.run.space.vectors:
        st.info(_("These pictures have no labels, so there are no attribute vectors to compare."))
    return bool(loaded.run.space.vectors)


def choose_faces(loaded: Loaded, count: int, key: str) -> list[tuple[str, Recipe]]:
    """Controls, and (name, recipe) of the edited face and of up to `count` - 1 others.

    All are drawn by the renderer of the edited one.
    """
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    kind = left.segmented_control(
        _("Faces beside the edited one"),
        FACES,
        format_func=_,
        default=FACES[1],
        required=True,
        key=f"{key}_faces",
    )
    right.button(
        _("Others"), key=f"{key}_others", on_click=state.shuffle_again, args=(key,), width="stretch"
    )
    draw = np.random.default_rng(state.shuffle(key))
    if kind == FACES[0]:
        kept = [favourite.recipe for favourite in state.favourites()]
        others = list(dict.fromkeys([r.to_json() for r in (*kept, *state.past())]))
        recipes = [Recipe.from_json(text) for text in others]
        if not recipes:
            st.caption(
                _("No face was kept or edited yet: keep one in Explore, or take random ones.")
            )
    elif kind == FACES[1]:
        seeds = draw.integers(SEEDS, size=count)
        recipes = [Recipe(random_source(int(seed), loaded.run.space)) for seed in seeds]
    else:
        ids = draw.choice(loaded.run.faces.ids, count, replace=False)
        recipes = [Recipe(Source("picture", str(name))) for name in ids]
    here = state.recipe()
    recipes = [recipe.changed(renderer=here.renderer) for recipe in recipes]
    chosen = [here, *[r for r in recipes if r != here]][:count]
    names = [_("The edited face"), *[source_name(r.source) for r in chosen[1:]]]
    return list(zip(names, chosen, strict=True))


def choose_locks(loaded: Loaded, attribute: str | None, key: str) -> tuple[str, ...]:
    """The attributes held still; at first those of the editor."""
    names = sorted(loaded.run.space.vectors)
    known = [name for name in state.recipe().locks if name in names]
    chosen = st.multiselect(
        _("Hold still"),
        names,
        default=known,
        format_func=attribute_name,
        key=key,
        placeholder=_("nothing"),
    )
    return tuple(name for name in chosen if name != attribute)


def cell(recipe: Recipe, attribute: str | None, slider: int | None, note: str = "") -> dict:
    """One face of a table, see explorer/components/face_table."""
    return {"recipe": recipe.to_data(), "attribute": attribute, "slider": slider, "note": note}


def drawn_by(loaded: Loaded) -> str:
    """A sentence on the renderer of the faces of `choose_faces`; none where there is one only."""
    if loaded.run.only_means:
        return ""
    return _("Faces are drawn by {renderer}, and scores are of its pictures.").format(
        renderer=loaded.told(state.recipe())
    )


def scores_of(loaded: Loaded, recipes: list[Recipe]) -> np.ndarray | None:
    """(B, 40) what the classifier sees in the faces of B recipes of one renderer; None, said,
    without a classifier, and for pictures that it does not know.
    """
    if not loaded.run.judged:
        return None
    codes = np.stack([compose(recipe, loaded.run.space) for recipe in recipes])
    try:
        return scorer().scores(loaded.renderer_of(recipes[0]).decode(codes))
    except DataError as error:
        st.warning(told(error).replace("\n", "  \n"), icon=":material/fact_check:")
        return None


def score_note(before: np.ndarray, after: np.ndarray, attribute: str) -> str:
    """Two short lines on one edit, from its (40,) scores; none for an attribute without a score."""
    if attribute not in Scorer.attributes:
        return ""
    target = Scorer.attributes.index(attribute)
    stray = leakage(after - before, [target])
    return _("{before:.0%} → {after:.0%}\nleaks {leakage:.1f}").format(
        before=before[target], after=after[target], leakage=100 * stray
    )


def slider(attribute: str, value: float, column: int | None, label: str | None = None) -> dict:
    """One slider of a table."""
    return {
        "label": label or attribute_name(attribute),
        "limit": BANKS["attributes"].limit,
        "value": value,
        "column": column,
    }


def edited_by(recipe: Recipe, method: str, locks: tuple[str, ...]) -> Recipe:
    """The same face, its sliders by this method and with these locks."""
    return recipe.changed(method=method, locks=locks)


def hear_table(key: str, take_strengths: Callable[[list[float]], None]) -> None:
    """Callback of a table: a slider was let go, or a face clicked, which opens in the editor."""
    state.hear(
        key,
        {
            "strengths": lambda told: take_strengths([float(strength) for strength in told]),
            "picked": lambda recipe: take(Recipe.from_data(recipe)),
        },
    )


def take(recipe: Recipe) -> None:
    """In a callback: make this the edited face, and open Explore, see `go_if_asked`."""
    state.set_recipe(recipe)
    state.leave_for_editor()
