"""Attributes that no judge tells, by the judges' own figures."""

import json
from pathlib import Path

from data import ATTRIBUTES
from explorer.judge.unseen import TOLD_FROM, unseen
from training.judge.attribute_network import CLASSIFIER
from training.judges.files import SCORING, judges_path


def test_what_the_classifier_hardly_tells_is_named_with_its_auc_the_least_first(tmp_path: Path):
    figures = json.loads(CLASSIFIER.with_suffix(".json").read_text())["reconstructions"]["auc"]
    found = unseen(ATTRIBUTES, tmp_path)
    assert found == {name: figures[name] for name in ATTRIBUTES if figures[name] < TOLD_FROM}
    assert list(found.values()) == sorted(found.values())
    assert next(iter(found)) == "Big_Lips"
    assert unseen(("Eyeglasses", "Male", "of another data set"), tmp_path) == {}


def test_where_judges_score_it_is_they_who_say(tmp_path: Path):
    figures = {"hardly_visible": {"Oval_Face": 0.7, "Wearing_Earrings": 0.6}}
    judges_path(SCORING, tmp_path).with_suffix(".json").write_text(json.dumps(figures))
    found = unseen(("Oval_Face", "Big_Lips", "Wearing_Earrings"), tmp_path)
    assert list(found.items()) == [("Wearing_Earrings", 0.6), ("Oval_Face", 0.7)]
