"""What attributes, sliders and sources are called."""

import pytest

from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.recipe.methods import METHODS
from explorer.recipe.names import METHOD_NAMES, source_name
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import Sample


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("Blond_Hair", "Blond Hair"),
        ("5_o_Clock_Shadow", "5 o'Clock Shadow"),
        ("Bald", "Bald"),
    ],
)
def test_an_attribute_is_called_by_its_words(attribute: str, name: str):
    assert attribute_name(attribute) == name


@pytest.mark.parametrize(
    ("bank", "name", "expected"),
    [
        ("attributes", "Wearing_Hat", "Wearing Hat"),
        ("components", 1, "PC 1"),
        ("dimensions", 17, "z 17"),
    ],
)
def test_a_slider_is_called_by_what_it_moves(bank: str, name: str | int, expected: str):
    assert BANKS[bank].label(name) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Source("picture", "182638.jpg"), "Face 182638"),
        (Source("seed", 7), "Random face, seed 7"),
        (Source("sample", Sample(7)), "Random face, seed 7"),
        (Source("sample", Sample(7, 1, ["Big_Nose"], ["Male"])), "Big Nose, not Male, seed 7"),
        (Source("mean"), "Mean face"),
        (Source("code", "AAA="), "Own face"),
        (Source("mix", ((1, Recipe()), (2, Recipe()))), "Mix of 2 faces"),
    ],
)
def test_a_source_is_called_by_where_its_face_comes_from(source: Source, expected: str):
    assert source_name(source) == expected


def test_every_method_has_a_name_in_the_same_order():
    assert tuple(METHOD_NAMES) == METHODS
