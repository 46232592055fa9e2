"""Whom a patch fools, of the judges that steps are learned through."""

import json
from pathlib import Path

from training.judges.fooled import FOOLED_FROM, fooled, may_end_in_a_patch


def write(folder: Path, **shares: dict[str, float]) -> Path:
    folder.mkdir()
    for name, of in shares.items():
        patches = {k: {"local": {"before": 0.0, "after": share}} for k, share in of.items()}
        (folder / f"judges_{name}.json").write_text(json.dumps({"patches": patches}))
    return folder


def test_the_set_that_is_trained_through_decides(tmp_path: Path):
    own = {"Bangs": 0.9, "Bald": FOOLED_FROM - 0.01, "Wearing_Hat": FOOLED_FROM}
    folder = write(tmp_path / "one", a=own, b={"Bald": 1.0, "Bangs": 0.0})
    assert fooled(folder) == {"Bangs": 0.9, "Wearing_Hat": FOOLED_FROM}


def test_of_judges_without_figures_nothing_is_known(tmp_path: Path):
    assert fooled(tmp_path) == {}
    folder = write(tmp_path / "one", b={"Bald": 1.0})
    (folder / "judges_a.json").write_text('{"patches": {"Bald": 1}}')
    assert fooled(folder) == {}


def test_steps_away_end_in_no_patch():
    assert [may_end_in_a_patch("Bangs", adding) for adding in (True, False)] == [True, False]
    assert not may_end_in_a_patch("Smiling", True)
