"""Formulas of LaTeX with words in them, which are in the language that is spoken."""

import re

import streamlit as st

from explorer.language.text import N_, _

WORDS = (
    N_("rate"),
    N_("distortion"),
    N_("levels"),
    N_("level of"),
    N_("wants a large"),
    N_("wants a small one"),
    N_("const"),
    N_("what codes tell"),
    N_("the gap"),
    N_("reparameterization"),
    N_("score function"),
    N_("error"),
)
_TEXT = re.compile(r"\\text\{(\s*)([^{}]*?)(\s*)\}")


def show_formula(formula: str) -> None:
    r"""A formula whose words stand in \text{...}, each one of WORDS."""
    st.latex(in_words(formula))


def in_words(formula: str) -> str:
    return _TEXT.sub(lambda found: rf"\text{{{found[1]}{_(found[2])}{found[3]}}}", formula)
