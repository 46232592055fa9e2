"""Attributes that the classifier hardly tells, by its own figures."""

import json

from data import ATTRIBUTES
from explorer.judge.unseen import TOLD_FROM, unseen
from training.judge.attribute_network import CLASSIFIER


def test_what_the_classifier_hardly_tells_is_named_with_its_auc_the_least_first():
    figures = json.loads(CLASSIFIER.with_suffix(".json").read_text())["reconstructions"]["auc"]
    found = unseen(ATTRIBUTES)
    assert found == {name: figures[name] for name in ATTRIBUTES if figures[name] < TOLD_FROM}
    assert list(found.values()) == sorted(found.values())
    assert next(iter(found)) == "Big_Lips"
    assert unseen(("Eyeglasses", "Male", "of another data set")) == {}
