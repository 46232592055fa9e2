"""Whom a patch fools: the set that believes it more decides."""

import json
from pathlib import Path

import pytest

from data.errors import DataError
from training.judges.fooled import FOOLED_FROM, fooled


def write(folder: Path, **shares: dict[str, float]) -> None:
    for name, of in shares.items():
        patches = {k: {"local": {"before": 0.0, "after": share}} for k, share in of.items()}
        (folder / f"judges_{name}.json").write_text(json.dumps({"patches": patches}))


def test_an_attribute_is_refused_as_soon_as_one_set_takes_a_patch_for_it(tmp_path: Path):
    write(tmp_path, a={"Bangs": 0.9, "Bald": 0.1, "Eyeglasses": 0.0}, b={"Bangs": 0.2, "Bald": 0.4})
    assert fooled(tmp_path) == {"Bangs": 0.9, "Bald": 0.4}
    write(tmp_path, a={"Bald": FOOLED_FROM}, b={"Bald": FOOLED_FROM - 0.01, "Bangs": 0.29})
    assert fooled(tmp_path) == {"Bald": FOOLED_FROM}


def test_judges_without_figures_are_refused(tmp_path: Path):
    write(tmp_path, a={})
    with pytest.raises(DataError, match=r"judges_b\.json"):
        fooled(tmp_path)
