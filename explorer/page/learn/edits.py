"""Step 11: what an edit takes along."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.edits import (
    Edited,
    along_the_line,
    by_methods,
    change_of_others,
    judged,
    line_figure,
    shares,
    tipping_points,
)
from explorer.page.glossary import define
from explorer.page.learn import gallery
from explorer.page.learn.parts import Step, cache_key, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.recipe.attributes import attribute_name
from explorer.recipe.effects import Effects
from explorer.recipe.names import METHOD_NAMES
from explorer.run.loaded import Loaded
from training.codes.partial_effects import PartialEffects

FIRST = "Eyeglasses"
ASIDE = ("Male", "Young")  # what most vectors take along
ASKS = N_(
    "We add glasses to a face: the mean code of faces with glasses, minus that of faces without "
    "glasses. What else changes?"
)
GUESSES = (
    N_("Nothing else"),
    N_("The face gets older, and more like a man"),
    N_("The face begins to smile"),
)


def show(loaded: Loaded) -> None:
    """One face by all methods, then why one number is not right for all faces."""
    question = Question(STEP.path, ASKS, GUESSES, _why_older(loaded))
    with section(
        "methods",
        ask_first(question, partial(_show_methods, loaded)),
        PartialEffects.vectors,
        first=True,
    ):
        st.markdown(
            _(
                "The **mean difference** is the simplest attribute vector: the mean code of the "
                "faces with glasses, minus the mean code of all others."
            )
        )
        st.markdown(
            _(
                "**Balancing** compares like with like: faces that differ in this label and "
                "agree in all others. So what is only often seen together is left out. It has a "
                "price: where two labels nearly always come together, such as a mustache and "
                "being a man, little of the vector is left, and it depends on few faces."
            )
        )
        st.markdown(
            _(
                "Between the two lies a **curve**. A regression explains the codes by all labels "
                "at once, with a price $\\lambda$ on the other labels only:"
            )
        )
        st.latex(
            r"\min_W\ \sum_n \Big\| z_n - \sum_a w_a\, y_{na} \Big\|^2 "
            r"+ \lambda \sum_{a \neq k} s_a \| w_a \|^2"
        )
        st.markdown(
            _(
                "Without a price $w_k$ is the *partial effect*: clean, but sometimes weak. With an "
                "infinite price the others may explain nothing, and $w_k$ is the mean difference: "
                "strong, with everything that it takes along."
            )
        )
    with section("line", partial(_show_line, loaded), Effects.reach):
        st.markdown(
            _(
                "**Why one strength is not enough.** Add the same vector to eight faces. Each "
                "face tips at another place, which means that the judge sees the attribute from "
                "there on. What is too little for one face is too much for the next. So strength "
                "here means *effect*: a small network estimates from the code how sure a judge "
                "would be along the way, and strength 1 goes as far as this face needs."
            )
        )
        st.markdown(
            _(
                "**Why a line is not enough.** Farther out the line leaves the region where "
                "faces lie, and the decoder draws something like a mask. And a beard for a woman "
                "needs another step than a beard for a man: one direction for both can only be "
                "their mean."
            )
        )


def _why_older(loaded: Loaded) -> str:
    """The answer to the question, with figures of this model's own faces."""
    vectors = loaded.run.vectors
    known = [FIRST, *ASIDE]
    if not {*known} <= {*map(str, vectors.labelled)}:
        return _("Whatever is often seen together with an attribute comes along with it.")
    (male, men), (young, youths) = (shares(vectors, FIRST, other) for other in ASIDE)
    return _(
        "The mean difference often makes a face older, and more like a man. Of the faces with "
        "glasses {male:.0%} are labelled Male, but only {men:.0%} of all faces; and "
        "{young:.0%} are labelled Young, but {youths:.0%} of all. So the difference holds "
        "glasses, some sex and some age. Compare the columns of the table: the other methods take "
        "less along."
    ).format(male=male, men=men, young=young, youths=youths)


def _has_judges(loaded: Loaded) -> bool:
    """Whether judges see any of the run's attributes in pictures; says so where they do not."""
    if loaded.run.judged:
        return True
    st.info(_("No judge has learned to see the labels of these pictures, so no edit is judged."))
    return False


@st.fragment
def _show_methods(loaded: Loaded) -> None:
    if not _has_judges(loaded):
        return
    chosen = gallery.pick(loaded, _("The face"), "edits")
    attribute = _attribute(loaded, "edits_attribute")
    strength = slider(_("Strength"), -1.5, 1.5, 1.0, 0.1, key="edits_strength")
    found = _edited(cache_key(loaded), loaded, chosen, attribute, strength)
    before = found[""].scores
    show_pictures(
        [edited.picture for edited in found.values()],
        [_(METHOD_NAMES.get(method, N_("as it is"))) for method in found],
    )
    names = [name for name in (attribute, *ASIDE) if name in judged()]
    st.table(
        [
            {"": _(METHOD_NAMES.get(method, N_("as it is")))}
            | {attribute_name(n): f"{edited.scores[judged().index(n)]:.0%}" for n in names}
            | {
                _(
                    "change of the others"
                ): f"{change_of_others(before, edited.scores, attribute):.3f}",
                _("times its vector"): f"{edited.times:.2f}",
            }
            for method, edited in found.items()
        ]
    )
    if loaded.run.space.effects is None:
        st.caption(
            _(
                "This model does not know how much each face needs: every vector is added the same "
                "number of times."
            )
        )
    else:
        st.caption(
            _(
                "Each vector is added as many times as this face needs, so that all have about the "
                "same effect."
            )
        )
    st.caption(define("judge"))


@st.fragment
def _show_line(loaded: Loaded) -> None:
    if not _has_judges(loaded):
        return
    chosen = gallery.pick(loaded, _("The face in front"), "line")
    attribute = _attribute(loaded, "line_attribute")
    times, scores = _line(cache_key(loaded), loaded, attribute)
    show_chart(line_figure(times, scores, chosen, attribute), "line_chart")
    tips = tipping_points(times, scores)
    tips = tips[np.isfinite(tips)]
    if len(tips) > 1:
        show_numbers(
            **{
                _("first face tips at"): f"{tips.min():.2f}",
                _("last at"): f"{tips.max():.2f}",
            }
        )


def _attribute(loaded: Loaded, key: str) -> str:
    names = [name for name in loaded.run.space.vectors if name in judged()]
    first = names.index(FIRST) if FIRST in names else 0
    return st.selectbox(_("Attribute"), names, first, format_func=attribute_name, key=key)


@st.cache_data(max_entries=256, show_spinner=False)
def _edited(
    key: str, _loaded: Loaded, chosen: int, attribute: str, strength: float
) -> dict[str, Edited]:
    code = _loaded.run.faces.mean[gallery.rows(_loaded)[chosen]]
    return by_methods(_loaded, code, attribute, strength)


@st.cache_data(max_entries=16, show_spinner=False)
def _line(key: str, _loaded: Loaded, attribute: str) -> tuple[np.ndarray, np.ndarray]:
    return along_the_line(_loaded, _loaded.run.faces.mean[gallery.rows(_loaded)], attribute)


STEP = Step(
    path="edits",
    title=N_("What an edit takes along"),
    lead=N_(
        "A vector of glasses holds more than glasses. How to take the rest out, what it costs, "
        "and how far to go."
    ),
    show=show,
    controls=(("face-edits", ""), ("edits_strength", "ArrowRight"), ("face-line", "")),
    words=("attribute", "attribute vector", "judge", "code"),
    sources=(
        "Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric",
        "Hoerl & Kennard 1970, Ridge regression: biased estimation for nonorthogonal problems",
        "Li, Morgan & Zaslavsky 2018, Balancing covariates via propensity score weighting",
        "Jeanneret et al. 2022, Diffusion models for counterfactual explanations",
    ),
)
