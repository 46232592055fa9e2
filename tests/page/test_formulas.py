"""Formulas of Learn, whose words are in the language that is spoken."""

import re
from pathlib import Path

from explorer.language.text import speaking
from explorer.page.learn import formula
from explorer.page.learn.formula import WORDS, in_words

LEARN = Path(formula.__file__).parent
TEXT = re.compile(r"\\text\{\s*([^{}.]*?)\s*\}")


def test_words_are_translated_and_the_rest_is_left_alone():
    told = r"\underbrace{\mathrm{KL}}_{\text{rate}} + \text{level of } x_i"
    assert in_words(told) == told
    with speaking("de"):
        german = r"\underbrace{\mathrm{KL}}_{\text{Rate}} + \text{Stufe von } x_i"
        assert in_words(told) == german


def test_every_word_of_a_formula_is_one_of_those_that_are_translated():
    found = {
        word
        for path in LEARN.glob("*.py")
        for word in TEXT.findall(path.read_text(encoding="utf-8"))
        if word
    }
    assert found == set(WORDS)
