"""Which attributes can be judged at all in pictures of 64x64."""

from functools import cache
from pathlib import Path

from data.errors import DataError
from data.shipped import PRETRAINED
from training.judges.files import SCORING, judge_figures

VISIBLE_FROM = 0.85  # AUC on real pictures of people never seen, 0.5 by chance


def least_visible(aucs: dict[str, float]) -> dict[str, float]:
    """Those attributes whose AUC is below VISIBLE_FROM, the least first."""
    found = {name: auc for name, auc in aucs.items() if auc < VISIBLE_FROM}
    return dict(sorted(found.items(), key=lambda item: item[1]))


@cache
def hardly_visible(folder: Path = PRETRAINED) -> dict[str, float]:
    """Attributes that no judge of the scoring set tells on real pictures: the better one's AUC.

    The least visible first. Empty where its figures are missing: nothing is known, then.
    """
    try:
        return dict(judge_figures(SCORING, folder)["hardly_visible"])
    except (DataError, LookupError, TypeError, ValueError):
        return {}


def visible(attribute: str, folder: Path = PRETRAINED) -> bool:
    """Whether an attribute can be judged at 64x64; an unknown one is taken to be."""
    return attribute not in hardly_visible(folder)
