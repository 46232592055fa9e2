"""Texts about faces speak of what the pictures show."""

import pytest

from explorer.language import nouns
from explorer.language.nouns import FACES, said, speak_of
from explorer.language.text import _, n_


@pytest.fixture(autouse=True)
def _faces_again():
    yield
    speak_of(*FACES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Random face", "Random digit"),
        ("12 of 60 faces; Faces here", "12 of 60 digits; Digits here"),
        ("a surface, {face}, `face`", "a surface, {face}, `face`"),
        ("CelebA's own annotation", "The data's own annotation"),
        ("validation faces of CelebA", "validation digits of MNIST"),
        ("the mean of faces with glasses", "the mean of faces with glasses"),
    ],
)
def test_texts_speak_of_digits(text: str, expected: str):
    speak_of("digit", "digits", "MNIST")
    assert said(text) == _(text) == expected


def test_an_article_fits_its_noun():
    speak_of("apple", "apples", "fruit")
    assert said("A face is a face") == "An apple is an apple"
    assert said("an edited face") == "an edited apple"
    speak_of("pear", "pears", "fruit")
    assert said("a face") == "a pear"


def test_faces_stay_faces():
    text = "A face of CelebA's faces"
    assert said(text) is text
    assert nouns.nouns() == FACES
    assert n_("{n} face", "{n} faces", 2) == "{n} faces"
