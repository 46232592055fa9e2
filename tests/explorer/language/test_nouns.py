"""Texts about faces speak of what the pictures show."""

import re

import pytest

from explorer.language.__main__ import forms, read, text_of
from explorer.language.catalogues import FOLDER
from explorer.language.nouns import FACES, OF_FACES, instead, nouns, said, speak_of
from explorer.language.text import _, instead_of_faces, n_, speaking


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
        ("not CelebA's annotation", "not the data's annotation"),
        ("validation faces of CelebA", "validation digits of MNIST"),
        ("the mean of faces with glasses", "the mean of faces with glasses"),
    ],
)
def test_texts_speak_of_digits(text: str, expected: str):
    speak_of("digit", "digits", "MNIST")
    assert _(text) == expected


def test_an_article_fits_its_noun():
    speak_of("apple", "apples", "fruit")
    assert _("A face is a face") == "An apple is an apple"
    assert _("an edited face") == "an edited apple"
    speak_of("pear", "pears", "fruit")
    assert _("a face") == "a pear"


def test_faces_stay_faces():
    text = "A face of CelebA's faces"
    assert _(text) is text
    assert nouns() == FACES
    assert n_("{n} face", "{n} faces", 2) == "{n} faces"


def test_other_languages_speak_of_pictures():
    speak_of("digit", "digits", "MNIST")
    with speaking("de"):
        assert _("Random face") == "Zufallsbild"
        assert n_("{count:,} face", "{count:,} faces", 2) == "{count:,} Bilder"
        assert _("CelebA's annotation") == "Annotation von MNIST"
        # An example with glasses stays one.
        assert "Gesicht" in _("the edited face with glasses")
    with speaking("es"):
        assert _("Random face") == "Imagen aleatoria"


@pytest.mark.parametrize(("language", "word"), [("de", "gesicht"), ("es", r"\bcaras?\b")])
def test_no_form_of_the_word_for_a_face_is_forgotten(language: str, word: str):
    speak_of("digit", "digits", "MNIST")
    with speaking(language):
        others = instead_of_faces()
    told = [
        said(text_of(message.id), form, others)
        for message in read(FOLDER / f"{language}.po")
        if message.id and not message.context and not re.search(OF_FACES, text_of(message.id))
        for form in forms(message.string)
    ]
    assert len(told) > 500
    assert [text for text in told if re.search(f"(?i){word}|CelebA", text)] == []


def test_what_is_put_in_is_put_between_braces_of_texts_alone():
    speak_of("{x} digit", "digits", "MNIST {}")
    assert _("{count} faces of CelebA").format(count=2) == "2 digits of MNIST "
    assert nouns()[0] == "x digit"
    assert instead(FACES) is None
