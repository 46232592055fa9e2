"""The formula bench: sums of faces, groups of faces and attribute vectors, operands as pictures."""

import html
from pathlib import Path

import numpy as np
import streamlit as st

from explorer.faces.formula import FormulaError, Result, Term, evaluate, parse
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.arithmetic.tables import take
from explorer.page.parts import data_uri
from explorer.page.to_explore import go_if_asked
from explorer.recipe.attributes import attribute_name, plain_name
from explorer.recipe.code_text import code_to_text
from explorer.recipe.recipe import Source
from explorer.run.loaded import Loaded
from explorer.run.run import Run

EXAMPLES = {
    N_("man with glasses − man, twice, + woman"): "2 [Male, Eyeglasses] - 2 [Male] + [not Male]",
    N_("smiling woman − woman + man"): "[Smiling, not Male] - [not Male] + [Male]",
    N_("the edited face, older"): "face - [Young] + [not Young]",
    N_("half of each"): "(seed 1 + seed 2) / 2",
    N_("the edited face with glasses"): "face + Eyeglasses",
}
FORMULA = "formula"  # key of the box, and of the text in the address
KINDS = (N_("A group of faces"), N_("An attribute vector"), N_("A face"))
FORMULA_CSS = Path(__file__).with_name("formula_bench.css")


def examples(run: Run) -> dict[str, str]:
    """Formulas of groups and vectors that the run has, by what they are."""
    if run.schema.is_celeba:
        return EXAMPLES
    found = {N_("half of each"): "(seed 1 + seed 2) / 2"}
    if len(names := list(run.space.vectors)) > 1:
        one, other = map(plain_name, names[:2])
        found = {
            f"+ {one} − {other}": f"face + [{one}] - [{other}]",
            f"+ {other}": f"face + {other}",
        } | found
    return found


def show_formula_bench(loaded: Loaded) -> None:
    """The whole page."""
    state.open_session(loaded.run)
    first = next(iter(examples(loaded.run).values()))
    state.start_widget(FORMULA, st.query_params.get(FORMULA, first))
    st.subheader(_("Formula bench"), anchor=False)
    st.caption(
        _(
            "Codes can be added and subtracted. Groups in brackets stand for the mean of their "
            "faces; a name alone is an attribute vector; `face` is the face in the editor. "
            "Parentheses hold a sum, as in `(seed 1 + seed 2) / 2`."
        )
    )
    _bench(loaded)


@st.fragment
def _bench(loaded: Loaded) -> None:
    go_if_asked()
    state.show_notices()
    st.pills(
        _("Examples"),
        list(known := examples(loaded.run)),
        format_func=_,
        key="formula_example",
        on_change=_take_example,
        args=(known,),
    )
    text = st.text_input(_("Formula"), key=FORMULA)
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


def _take_example(known: dict[str, str]) -> None:
    if chosen := state.widget("formula_example"):
        state.set_widget(FORMULA, known[chosen])


def _show_builder(loaded: Loaded) -> None:
    """Adds a term to the formula without typing it."""
    names = [str(name) for name in loaded.run.faces.attributes]
    with st.expander(_("Add a term"), icon=":material/add:"):
        kind_at, value_at, weight_at, add_at = st.columns([2, 4, 1, 1], vertical_alignment="bottom")
        kinds = KINDS if loaded.run.space.vectors else KINDS[2:]
        kind = kind_at.selectbox(_("What"), kinds, format_func=_, key="term_kind")
        if kind == KINDS[0]:
            has = value_at.multiselect(_("has"), names, format_func=attribute_name, key="term_has")
            has_not = value_at.multiselect(
                _("has not"), names, format_func=attribute_name, key="term_has_not"
            )
            # What a formula says is the same in every language, so that an address can hold it.
            said = [plain_name(n) for n in has] + [f"not {plain_name(n)}" for n in has_not]
            operand = f"[{', '.join(said)}]"
        elif kind == KINDS[1]:
            chosen = value_at.selectbox(
                _("Attribute"),
                sorted(loaded.run.space.vectors),
                format_func=attribute_name,
                key="term_of",
            )
            operand = plain_name(chosen)
        else:
            seed = value_at.number_input(_("Random face, seed"), 0, 2**32 - 1, 1, key="term_seed")
            operand = f"seed {seed}"
        weight = weight_at.number_input(_("Weight"), -10.0, 10.0, 1.0, 0.5, key="term_weight")
        add_at.button(_("Add"), on_click=_add, args=(weight, operand), width="stretch")


def _add(weight: float, operand: str) -> None:
    size = f"{abs(weight):g} " if abs(weight) != 1 else ""
    before = state.widget(FORMULA).strip()
    sign = "- " if weight < 0 else "+ " if before else ""
    state.set_widget(FORMULA, f"{before} {sign}{size}{operand}".strip())


def _show_terms(loaded: Loaded, terms: list[Term], result: Result) -> None:
    """The terms as pictures that wrap like words, and what they come to."""
    shown = result.code if result.is_face else loaded.run.space.center + result.code
    renderer = loaded.renderer_of(state.recipe())
    pictures = renderer.decode(np.stack([*result.operands, shown]).astype(np.float32))
    cards = [
        _card(_weight(term, first=not k), picture, term.name, _about(term, count))
        for k, (term, picture, count) in enumerate(
            zip(terms, pictures, result.counts, strict=False)  # the last picture is the result
        )
    ]
    what = _("the result") if result.is_face else _("a direction")
    about = "" if result.is_face else _("added to the mean face")
    cards.append(_card("=", pictures[-1], what, about, "result"))
    st.html(FORMULA_CSS)
    st.html(f'<div class="formula">{"".join(cards)}</div>')
    st.button(
        _("Open in the editor"),
        type="primary",
        icon=":material/face:",
        on_click=_open,
        args=(code_to_text(shown),),
    )


def _weight(term: Term, first: bool) -> str:
    """ "+", "− 0.5 ×"; nothing before a first term that is added once."""
    sign = "−" if term.weight < 0 else "" if first else "+"
    size = f"{abs(term.weight):.3g} ×" if abs(term.weight) != 1 else ""
    return f"{sign} {size}".strip()


def _about(term: Term, count: int | None) -> str:
    if count is not None:
        return _("mean of {count:,} faces").format(count=count)
    return _("as it moves the mean face") if term.kind == "vector" else ""


def _card(sign: str, picture: np.ndarray, name: str, about: str, kind: str = "") -> str:
    """One picture with what stands before it and below it."""
    below = f"<small>{html.escape(about)}</small>" if about else ""
    return (
        f'<figure class="{kind}"><div class="sign">{html.escape(sign) or "&nbsp;"}</div>'
        f'<img src="{data_uri(picture)}" alt="{html.escape(name)}">'
        f"<figcaption>{html.escape(name)}{below}</figcaption></figure>"
    )


def _open(code: str) -> None:
    """Callback: the result becomes the edited face."""
    take(state.recipe().fresh_face(Source("code", code)))
