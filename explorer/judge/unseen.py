"""Attributes that not even the classifier tells at this size: what nobody can promise of a face."""

from collections.abc import Iterable
from functools import cache

from data.json_text import read_json
from training.judge.attribute_network import CLASSIFIER

TOLD_FROM = 0.8  # AUC of the classifier on decoded faces, 0.5 by chance


def unseen(attributes: Iterable[str]) -> dict[str, float]:
    """Those of the attributes whose AUC is below TOLD_FROM, and that AUC, the least first.

    Those that the classifier does not know are left out, and all where its figures are missing.
    """
    aucs = _aucs()
    found = {name: aucs[name] for name in attributes if aucs.get(name, 1) < TOLD_FROM}
    return dict(sorted(found.items(), key=lambda item: item[1]))


@cache
def _aucs() -> dict[str, float]:
    try:
        return read_json(CLASSIFIER.with_suffix(".json"))["reconstructions"]["auc"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
