"""A schema of labels: what it knows, as a file, and whose it is where there is none."""

import json
from pathlib import Path

import pytest

from data import ATTRIBUTES
from data.errors import DataError
from data.schema import CELEBA, SCHEMA, Schema, need_faces, read_schema

PETS = Schema(
    "pets",
    "pet",
    "pets",
    ("cat", "dog", "old_high"),
    {"kind": ("cat", "dog"), "Numbers": ("old_high",)},
    (("cat", "dog"),),
    {"old_high": "old is at least 7"},
    {"kind": 2},
)


def test_a_schema_is_read_as_it_was_written(tmp_path: Path):
    (tmp_path / SCHEMA).write_text(PETS.to_text())
    assert read_schema(tmp_path) == PETS
    assert PETS.group_of == {"cat": "kind", "dog": "kind", "old_high": "Numbers"}
    assert PETS.beside("cat") == ("dog",)
    assert PETS.beside("old_high") == ()
    assert not PETS.is_celeba


def test_a_folder_without_one_is_celebas(tmp_path: Path):
    assert read_schema(tmp_path) == CELEBA
    assert CELEBA.labels == ATTRIBUTES
    assert sorted(CELEBA.group_of) == sorted(ATTRIBUTES)
    assert CELEBA.mirrored
    need_faces(CELEBA, "judges")


def test_what_needs_faces_says_so_of_others():
    with pytest.raises(DataError, match=r"CelebA's faces, for judges\nfound: pictures of pets"):
        need_faces(PETS, "judges")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": ["cat", "cat"]}, "twice"),
        ({"groups": {"kind": ["bird"]}}, "unknown labels bird"),
        ({"labels": "cat"}, "lists of names"),
        ({"colour": 1}, "a schema of"),
        ({"factors": {"kind": "two"}}, "invalid literal"),
    ],
)
def test_what_is_no_schema_is_refused(change, told, tmp_path: Path):
    (tmp_path / SCHEMA).write_text(json.dumps(json.loads(PETS.to_text()) | change))
    with pytest.raises(DataError, match=told):
        read_schema(tmp_path)
