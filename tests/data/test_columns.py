"""Columns of a table become labels of 0 and 1."""

import numpy as np
import pytest

from data.columns import labels_of, upper_half
from data.errors import DataError


def test_nought_and_one_in_all_their_spellings_are_the_label_itself():
    columns = {"hat": ["1", "0", "1"], "glad": ["-1", "1", "1"], "old": ["Yes", "no", "no"]}
    made = labels_of(columns)
    expected = {"hat": [1, 0, 1], "glad": [0, 1, 1], "old": [1, 0, 0]}
    assert {k: v.astype(int).tolist() for k, v in made.values.items()} == expected
    assert made.groups == {"Labels": ("hat", "glad", "old")}
    assert not made.exclusive
    assert not made.notes


def test_categories_become_a_label_each_of_which_a_picture_has_one():
    made = labels_of({"kind": ["cat", "big dog", "cat"], "digit": ["10", "9", "9"]})
    assert list(made.values) == ["kind_big_dog", "kind_cat", "digit_9", "digit_10"]
    assert made.exclusive == [("kind_big_dog", "kind_cat"), ("digit_9", "digit_10")]
    assert made.groups["kind"] == ("kind_big_dog", "kind_cat")
    assert made.values["kind_cat"].tolist() == [True, False, True]
    assert made.notes["kind_big_dog"] == "kind is big dog"
    schema = made.schema("pets", "pet", "pets", False)
    assert schema.beside("kind_cat") == ("kind_big_dog",)
    assert schema.beside("digit_9") == ("digit_10",)


def test_numbers_become_one_label_of_the_upper_half_and_its_cut_is_told():
    made = labels_of({"size": ["0.5", "2", "1", "8"]})
    assert made.values["size_high"].tolist() == [False, True, False, True]
    assert made.notes["size_high"] == "size is at least 2, as in 50% of all"
    assert labels_of({"year": [str(k) for k in range(100)]}).values["year_high"].sum() == 50


@pytest.mark.parametrize(
    ("numbers", "cut"), [([1, 2], 2), ([0, 0, 0, 1], 1), ([0, 1, 1, 1], 1), ([1, 1, 2, 3, 4], 2)]
)
def test_the_cut_is_the_value_that_halves_best_and_leaves_some_below(numbers, cut):
    assert upper_half(np.array(numbers, float)) == cut


def test_what_looks_like_one_may_be_the_other():
    few = {"place": [str(k % 4) for k in range(8)]}
    assert list(labels_of(few).values) == [f"place_{k}" for k in range(4)]
    assert list(labels_of(few, {"place": "numbers"}).values) == ["place_high"]
    many = {"place": [str(k) for k in range(13)]}
    assert list(labels_of(many).values) == ["place_high"]
    assert len(labels_of(many, {"place": "categories"}).values) == 13


def test_factors_keep_their_values_in_order():
    made = labels_of({"size": ["10", "2", "2", "1"]}, {"size": "numbers"}, ["size"])
    assert made.factors["size"].tolist() == [2, 1, 1, 0]
    assert made.schema("x", "x", "x", False).factors == {"size": 3}


@pytest.mark.parametrize(
    ("columns", "kinds", "told"),
    [
        ({"a": ["1", "0"], "same": ["1", "1"]}, {}, r"values of same in it\nfound: '1' in every"),
        ({"a": ["1", "0"], "same": ["x", "x"]}, {}, r"next: leave it out: --columns a$"),
        ({"a": ["1", ""]}, {}, r"a value of a for every picture in it\nfound: 1 empty ones"),
        ({"who": [f"name {k}" for k in range(50)]}, {}, r"50 different words, such as 'name 0'"),
        ({"a": ["x", "1"]}, {"a": "numbers"}, r"numbers in column a of it\nfound: 'x'"),
        ({"a b": ["1", "0"], "a_b": ["1", "0"]}, {}, r"column a_b makes one that is there already"),
        ({"a": ["x y", "x_y"]}, {}, r"column a makes one that is there already"),
    ],
)
def test_columns_that_make_no_labels_are_refused(columns, kinds, told):
    with pytest.raises(DataError, match=told):
        labels_of(columns, kinds, origin="it")
