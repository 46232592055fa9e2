"""Attributes that no judge tells at this size: what nobody can promise of a face."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from data.json_text import read_json
from data.shipped import PRETRAINED
from training.judge.classifier_file import CLASSIFIER
from training.judges.files import SCORING, judges_path
from training.judges.visible import hardly_visible

TOLD_FROM = 0.8  # AUC of the classifier on decoded faces, 0.5 by chance


def unseen(attributes: Iterable[str], folder: Path = PRETRAINED) -> dict[str, float]:
    """Those of the attributes that the scoring judges do not tell, and their AUC, the least first.

    Where there are no such judges, those whose AUC by the classifier is below TOLD_FROM. Attributes
    of which nothing is known are left out.
    """
    scored = judges_path(SCORING, folder).with_suffix(".json").is_file()
    aucs = hardly_visible(folder) if scored else _by_the_classifier()
    found = {name: aucs[name] for name in attributes if name in aucs}
    return dict(sorted(found.items(), key=lambda item: item[1]))


@cache
def _by_the_classifier() -> dict[str, float]:
    try:
        aucs = read_json(CLASSIFIER.with_suffix(".json"))["reconstructions"]["auc"]
        return {name: auc for name, auc in aucs.items() if auc < TOLD_FROM}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
