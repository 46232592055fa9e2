"""The formula bench: sums of faces, groups of faces and attribute vectors, operands as pictures."""

import numpy as np
import streamlit as st
from PIL import Image

from explorer.faces.formula import FormulaError, Result, Term, evaluate, parse
from explorer.page import state
from explorer.page.arithmetic.tables import take
from explorer.page.parts import show_picture
from explorer.recipe.attributes import attribute_name
from explorer.recipe.code_text import code_to_text
from explorer.recipe.recipe import Source
from explorer.run.loaded import Loaded

EXAMPLES = {
    "man with glasses − man, twice, + woman": "2 [Male, Eyeglasses] - 2 [Male] + [not Male]",
    "smiling woman − woman + man": "[Smiling, not Male] - [not Male] + [Male]",
    "the edited face, older": "face - [Young] + [not Young]",
    "half of each": "0.5 seed 1 + 0.5 seed 2",
    "the edited face with glasses": "face + Eyeglasses",
}
FORMULA = "formula"  # key of the box, and of the text in the address
KINDS = ("A group of faces", "An attribute vector", "A face")
ENLARGED = 5


def show_formula_bench(loaded: Loaded) -> None:
    """The whole page."""
    state.open_session(loaded.run)
    first = next(iter(EXAMPLES.values()))
    state.start_widget(FORMULA, st.query_params.get(FORMULA, first))
    st.subheader("Formula bench", anchor=False)
    st.caption(
        "Codes can be added and subtracted. Groups in brackets stand for the mean of their faces; "
        "a name alone is an attribute vector; `face` is the face in the editor."
    )
    _bench(loaded)


@st.fragment
def _bench(loaded: Loaded) -> None:
    state.show_notices()
    st.pills(
        "Examples",
        list(EXAMPLES),
        key="formula_example",
        on_change=_take_example,
    )
    text = st.text_input("Formula", key=FORMULA)
    _show_builder(loaded)
    st.query_params[FORMULA] = text
    names = [str(name) for name in loaded.run.faces.attributes]
    recipe = state.recipe()
    try:
        terms = parse(text, names, recipe)
        result = evaluate(terms, loaded.run.space, loaded.run.faces, recipe.method)
    except FormulaError as error:
        st.error(str(error).replace("[", r"\["), icon=":material/function:")
        return
    _show_terms(loaded, terms, result)
    for note in result.notes:
        st.warning(note, icon=":material/rule:")


def _take_example() -> None:
    if chosen := state.widget("formula_example"):
        state.set_widget(FORMULA, EXAMPLES[chosen])


def _show_builder(loaded: Loaded) -> None:
    """Adds a term to the formula without typing it."""
    names = [str(name) for name in loaded.run.faces.attributes]
    with st.expander("Add a term", icon=":material/add:"):
        kind_at, value_at, weight_at, add_at = st.columns([2, 4, 1, 1], vertical_alignment="bottom")
        kind = kind_at.selectbox("What", KINDS, key="term_kind")
        if kind == KINDS[0]:
            has = value_at.multiselect("has", names, format_func=attribute_name, key="term_has")
            has_not = value_at.multiselect(
                "has not", names, format_func=attribute_name, key="term_has_not"
            )
            said = [attribute_name(n) for n in has] + [f"not {attribute_name(n)}" for n in has_not]
            operand = f"[{', '.join(said)}]"
        elif kind == KINDS[1]:
            chosen = value_at.selectbox(
                "Attribute",
                sorted(loaded.run.space.vectors),
                format_func=attribute_name,
                key="term_of",
            )
            operand = attribute_name(chosen)
        else:
            seed = value_at.number_input("Random face, seed", 0, 2**32 - 1, 1, key="term_seed")
            operand = f"seed {seed}"
        weight = weight_at.number_input("Weight", -10.0, 10.0, 1.0, 0.5, key="term_weight")
        add_at.button("Add", on_click=_add, args=(weight, operand), width="stretch")


def _add(weight: float, operand: str) -> None:
    size = f"{abs(weight):g} " if abs(weight) != 1 else ""
    before = state.widget(FORMULA).strip()
    sign = "- " if weight < 0 else "+ " if before else ""
    state.set_widget(FORMULA, f"{before} {sign}{size}{operand}".strip())


def _show_terms(loaded: Loaded, terms: list[Term], result: Result) -> None:
    shown = result.code if result.is_face else loaded.run.space.center + result.code
    renderer = loaded.renderer_of(state.recipe())
    pictures = renderer.decode(np.stack([*result.operands, shown]).astype(np.float32))
    columns = st.columns([*[2] * len(terms), 3], vertical_alignment="top")
    for column, term, count, picture in zip(columns, terms, result.counts, pictures, strict=False):
        sign = "−" if term.weight < 0 else "+"
        size = f" {abs(term.weight):g} ×" if abs(term.weight) != 1 else ""
        with column:
            _picture(picture, term.name)
            st.markdown(f"**{sign}{size}** {term.name}")
            if count is not None:
                st.caption(f"mean of {count:,} faces")
            elif term.kind == "vector":
                st.caption("as it moves the mean face")
    with columns[-1]:
        _picture(pictures[-1], "Result")
        st.markdown("**=** the result" if result.is_face else "**=** a direction, on the mean face")
        st.button(
            "Open in the editor",
            type="primary",
            width="stretch",
            on_click=_open,
            args=(code_to_text(shown),),
        )


def _picture(picture: np.ndarray, name: str) -> None:
    size = tuple(ENLARGED * side for side in picture.shape[:2])
    smooth = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    show_picture(np.asarray(smooth), name)


def _open(code: str) -> None:
    """Callback: the result becomes the edited face."""
    take(state.recipe().fresh_face(Source("code", code)))
