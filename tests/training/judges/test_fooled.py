"""Whom a patch fools: of the judges that steps are learned through, and of those that score."""

import json
from pathlib import Path

from training.judges.fooled import FOOLED_FROM, fooled, may_end_in_a_patch


def write(folder: Path, **shares: dict[str, float]) -> Path:
    folder.mkdir()
    for name, of in shares.items():
        patches = {k: {"local": {"before": 0.0, "after": share}} for k, share in of.items()}
        (folder / f"judges_{name}.json").write_text(json.dumps({"patches": patches}))
    return folder


def test_each_set_of_judges_is_fooled_by_its_own_patches(tmp_path: Path):
    own = {"Bangs": 0.9, "Bald": FOOLED_FROM - 0.01, "Wearing_Hat": FOOLED_FROM}
    folder = write(tmp_path / "one", a=own, b={"Bald": 1.0, "Bangs": 0.0})
    assert fooled("a", folder) == {"Bangs": 0.9, "Wearing_Hat": FOOLED_FROM}
    assert fooled("b", folder) == {"Bald": 1.0}


def test_of_judges_without_figures_nothing_is_known(tmp_path: Path):
    assert fooled("a", tmp_path) == {}
    folder = write(tmp_path / "one", b={"Bald": 1.0})
    (folder / "judges_a.json").write_text('{"patches": {"Bald": 1}}')
    assert fooled("a", folder) == {}


def test_steps_towards_are_refused_by_one_set_and_steps_away_by_the_other(monkeypatch):
    taken = {"a": {"Bangs": 0.9}, "b": {"Eyeglasses": 0.9}}
    monkeypatch.setattr("training.judges.fooled.fooled", taken.__getitem__)
    found = {
        name: [may_end_in_a_patch(name, adding) for adding in (True, False)]
        for name in ("Bangs", "Eyeglasses", "Smiling")
    }
    expected = {"Bangs": [True, False], "Eyeglasses": [False, True], "Smiling": [False, False]}
    assert found == expected
